"""What the bench of the whole service makes of what it saw."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from onduty.authoring.service_bench import Measured, _quantile, tables
from onduty.authoring.service_profile import owner, sampled, shares
from onduty.cli import main
from onduty.course.problems import NotPossibleHere

SPY = Path(sys.executable).with_name("py-spy")
SITE = "/venv/lib/python3.14/site-packages"
STDLIB = "/usr/lib/python3.14"
SEEN = Measured(
    name="solution",
    answers=30,
    per_second=2.5,
    p50={"search": 4.0, "order": 5.0, "pay": 6.0},
    p99={"search": 40.0, "order": 50.0, "pay": 60.0},
    failures={"pay 503": 2, "order 503": 3},
    statements=4.04,
    connections=0,
    pss=71.2,
    processor=6.84,
    generator=0.02,
    costs={},
)


def test_a_quantile_is_told_in_milliseconds() -> None:
    assert _quantile([number / 1000 for number in range(1, 101)], 50) == pytest.approx(50.5)
    assert _quantile([0.02], 99) == 20
    assert _quantile([], 99) == 0


def test_the_services_stand_side_by_side_and_refusals_are_told() -> None:
    starter = replace(SEEN, name="starter", failures={})
    lines = tables([starter, SEEN]).splitlines()
    assert lines[:2] == ["|  | starter | solution |", "| --- | --- | --- |"]
    assert "| pay, p50 / p99 | 6 / 60 ms | 6 / 60 ms |" in lines
    assert "| failed requests | none | 3 × order 503, 2 × pay 503 |" in lines


def test_a_service_that_was_profiled_says_whose_its_time_is() -> None:
    assert tables([replace(SEEN, costs={"psycopg": 0.38, "sqlalchemy": 0.33})]).endswith(
        "| solution: whose | of the workers' processor time |\n| --- | --- |\n| psycopg | 38% |\n| sqlalchemy | 33% |"
    )


@pytest.mark.parametrize(
    ("innermost", "whose"),
    [
        ([f"send ({SITE}/psycopg/cursor.py:1)"], "psycopg"),
        ([f"info ({SITE}/structlog/stdlib.py:1)", f"emit ({STDLIB}/logging/__init__.py:1)"], "structlog"),
        ([f"run ({SITE}/sqlalchemy/orm.py:1)", "_go (<sqlalchemy generated _go() wrapper>:1)"], "sqlalchemy"),
        ([f"Token ({SITE}/typing_extensions.py:1)"], "typing_extensions"),
        (["place (/home/ada/app/services/orders.py:1)", f"dumps ({STDLIB}/json/__init__.py:1)"], "the app"),
        ([f"_run ({STDLIB}/asyncio/events.py:1)"], "asyncio"),
    ],
)
def test_a_sample_is_that_of_whoever_called_the_standard_library_last(innermost: list[str], whose: str) -> None:
    outer = [f"serve ({SITE}/uvicorn/server.py:1)", f"BaseEventLoop._run_once ({STDLIB}/asyncio/base_events.py:1)"]
    assert owner([*outer, *innermost]) == whose


def test_shares_count_samples_the_costliest_first() -> None:
    lines = [f"a ({SITE}/h11/a.py:1) 1", f"a ({SITE}/psycopg/a.py:1) 2", f"b ({SITE}/psycopg/b.py:1) 1"]
    assert list(shares(lines).items()) == [("psycopg", 0.75), ("h11", 0.25)]
    assert shares([]) == {}


def others_are_closed() -> bool:
    """Whether the kernel lets only root, or a parent, look into a process."""
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    return os.geteuid() != 0 and (not scope.exists() or scope.read_text().strip() != "0")


@pytest.mark.skipif(not SPY.exists(), reason="no py-spy: uv sync --group dev")
@pytest.mark.skipif(others_are_closed(), reason="py-spy needs root here, or kernel.yama.ptrace_scope = 0")
def test_a_process_that_works_is_seen_at_work(tmp_path: Path) -> None:
    busy = tmp_path / "busy.py"
    busy.write_text("while True: pass")
    with subprocess.Popen([sys.executable, str(busy)]) as process:
        try:
            assert asyncio.run(sampled([process.pid], 1)) == {"the app": 1}
        finally:
            process.kill()


def test_a_process_that_is_not_there_is_a_sentence() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with pytest.raises(NotPossibleHere, match="py-spy"):
        asyncio.run(sampled([process.pid], 1))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["5", "--profile"], "for the whole service"), (["service", "--write"], "--profile --write")],
)
def test_options_that_do_not_fit_are_refused(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dev", "bench", *arguments]) == 2
    assert says in capsys.readouterr().err
