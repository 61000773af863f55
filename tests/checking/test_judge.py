"""The judge says what happened to the service, in the right word, and is never at a loss for one."""

import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from onduty.checking.judge import Cancelled, Job, Judge
from onduty.course.catalog import Course
from onduty.reports.model import ChapterResult, CheckResult
from onduty.reports.verdict import Verdict

HEAD = """
import asyncio
from random import Random
from onduty.checking import Because, task
from onduty.lab.hosting.service import Service
"""

LATE = 'write(content)\n        __import__("time").sleep(0.03)\n        print("RuntimeError: no lungs", flush=True)'

MakeJob = Callable[..., Job]


def check(body: str, arguments: str = "service: Service", extra: str = "") -> str:
    definition = f'@task("01.1", id="one"{extra})\nasync def test_one({arguments}) -> None:'
    return f'{HEAD}\n{definition}\n    """The promise."""\n{body}'


def only(result: ChapterResult) -> CheckResult:
    assert len(result.checks) == 1
    return result.checks[0]


def test_a_right_answer_passes_and_earns_the_points(job: MakeJob) -> None:
    result = Judge(job()).run()
    assert result.verdict is Verdict.PASSED
    assert [(task.id, task.earned) for task in result.tasks] == [("01.1", 10), ("01.2", 5)]
    assert all(one.explanation is None for one in result.checks)


def test_a_failure_explains_itself(job: MakeJob, course: Course) -> None:
    result = Judge(job(app=course.find("1").starter, seed=77)).run()
    failed = result.checks[0]
    assert (result.verdict, failed.verdict) == (Verdict.FAILED, Verdict.FAILED)
    told = failed.explanation
    assert told is not None
    assert told.observed == (
        "The health check did not answer 200, so the platform restarts the process. "
        "GET /health/live → 500 Internal Server Error."
    )
    assert told.likely == "app/health.py answers with another status code."
    assert told.done[-1] == "onduty check 1 --only 01.1/says-live --seed 77"
    assert told.expected == failed.promise == "A process that can answer says that it lives."
    assert [event.label for event in failed.timeline if event.kind == "request"] == ["GET /health/live"]


def test_the_seed_makes_the_same_rows_again(job: MakeJob) -> None:
    body = "    assert False, Because(str(seed.randrange(10**9)))\n"
    told = [only(Judge(job(checks=check(body, "seed: Random"), seed=5)).run()).explanation for _ in range(2)]
    assert told[0] is not None
    assert told[0].observed == told[1].observed  # type: ignore[union-attr]


def test_an_app_that_does_not_start_has_crashed(job: MakeJob, course: Course, tmp_path: Path) -> None:
    app = tmp_path / "app"
    shutil.copytree(course.find("1").solution, app)
    (app / "app" / "__main__.py").write_text("def (:\n")
    result = Judge(job(app=app)).run()
    assert result.verdict is Verdict.CRASHED
    assert {one.verdict for one in result.checks} == {Verdict.CRASHED}
    told = result.checks[0].explanation
    assert told is not None
    assert any("SyntaxError" in line for line in told.evidence)


def test_what_is_printed_right_after_a_500_is_evidence(job: MakeJob, course: Course, tmp_path: Path) -> None:
    app = tmp_path / "app"
    shutil.copytree(course.find("1").starter, app)
    main = app / "app" / "__main__.py"
    main.write_text(main.read_text().replace("write(content)", LATE))
    told = Judge(job(app=app)).run().checks[0].explanation
    assert told is not None
    assert told.evidence[-1] == "RuntimeError: no lungs"


def test_an_app_that_dies_while_it_is_checked_has_crashed(job: MakeJob) -> None:
    body = (
        "    import os\n    os.kill(service.pid, 9)\n    await service.exited()\n"
        '    answer = await service.get("/health/live")\n'
        '    assert answer.status_code == 200, Because("it did not answer")\n'
    )
    result = only(Judge(job(checks=check(body))).run())
    assert result.verdict is Verdict.CRASHED
    assert result.explanation is not None
    assert "killed by SIGKILL" in result.explanation.observed


def test_a_check_that_never_ends_has_timed_out(job: MakeJob) -> None:
    result = only(Judge(job(checks=check("    await asyncio.Event().wait()\n", extra=", limit=0.5"))).run())
    assert result.verdict is Verdict.TIMED_OUT


def test_a_missing_part_of_the_machine_is_not_graded(job: MakeJob) -> None:
    body = '    from onduty.lab.unmet import NotGraded\n    raise NotGraded("There is no promtool here.")\n'
    result = only(Judge(job(checks=check(body))).run())
    assert result.verdict is Verdict.NOT_GRADED
    assert result.explanation is not None
    assert result.explanation.observed == "There is no promtool here."


def test_a_disk_that_fills_up_is_not_graded(job: MakeJob) -> None:
    body = '    raise OSError(28, "No space left on device", "/proc/some/file")'
    result = only(Judge(job(checks=check(body))).run())
    assert result.verdict is Verdict.NOT_GRADED
    assert result.explanation is not None
    assert result.explanation.observed.startswith("The disk mounted at /proc is full. Free some space on it")


def test_a_lab_that_cannot_be_opened_is_told_once(
    job: MakeJob, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONDUTY_POSTGRES_URL", raising=False)
    settings = course.find("1").starter / "chapter.toml"
    settings.write_text(settings.read_text().replace("needs = []", 'needs = ["postgres"]'))
    result = Judge(replace(job(), lab="url")).run()
    said = [one.explanation.observed for one in result.checks if one.explanation is not None]
    assert result.verdict is Verdict.NOT_GRADED
    assert len(said) == len(result.checks) > 1
    assert len(set(said)) == 1


def test_an_answer_of_another_shape_is_the_learners_failure(job: MakeJob) -> None:
    body = '    (await service.get("/health/live")).json()["nothing of the kind"]\n'
    result = only(Judge(job(checks=check(body))).run())
    assert result.verdict is Verdict.FAILED
    assert result.explanation is not None
    assert "shape of the contract" in result.explanation.observed


def test_an_answer_that_is_no_json_is_the_learners_failure(job: MakeJob) -> None:
    body = '    (await service.get("/nowhere")).json()["items"]\n'
    assert only(Judge(job(checks=check(body))).run()).verdict is Verdict.FAILED


def test_an_answer_that_is_nested_without_end_is_the_learners_failure(job: MakeJob) -> None:
    body = """
    from onduty.lab.clients.answer import Answer

    Answer(200, "200 OK", "GET /", "curl", 0.0, content=b"[" * 200_000).json()
"""
    assert only(Judge(job(checks=check(body))).run()).verdict is Verdict.FAILED


def test_a_schema_that_the_service_changed_is_its_failure(job: MakeJob) -> None:
    body = """
    class UndefinedTable(Exception):
        sqlstate = "42P01"

    raise UndefinedTable('relation "orders" does not exist')
"""
    result = only(Judge(job(checks=check(body))).run())
    assert result.verdict is Verdict.FAILED
    assert result.explanation is not None
    assert 'relation "orders" does not exist' in result.explanation.observed


def test_text_that_no_file_can_hold_breaks_neither_the_report_nor_the_next_check(job: MakeJob) -> None:
    half = "\\ud800"
    body = f"    assert False, Because('it answered {half}', observed='{half}')\n"
    sends_it_on = f"    await service.get('/?cursor={half}')\n"
    bodies = {"one": body, "two": sends_it_on, "three": "    assert True\n"}
    checks = "".join(check(each).replace('id="one"', f'id="{name}"').replace("test_one", f"test_{name}")
                     for name, each in bodies.items())  # fmt: skip
    result = Judge(job(checks=checks)).run()
    assert [each.verdict for each in result.checks] == [Verdict.FAILED, Verdict.FAILED, Verdict.PASSED]
    assert result.checks[0].explanation is not None
    assert "It answered ?" in result.checks[0].explanation.observed
    assert "shape of the contract" in str(result.checks[1].explanation)
    result.model_dump_json()


@pytest.mark.parametrize(
    ("against", "command"),
    [
        ("", "onduty check 1 --only 01.1/one --seed 1"),
        ("--starter", "onduty check 1 --only 01.1/one --starter --seed 1"),
        ("--step 3", "onduty ship 1 --step 3 --seed 1"),
    ],
)
def test_what_repeats_a_failure_names_the_app_that_failed(job: MakeJob, against: str, command: str) -> None:
    failing = replace(job(checks=check("    assert False\n")), against=against)
    told = only(Judge(failing).run()).explanation
    assert told is not None
    assert told.done[-1] == command


def test_workers_of_plain_pytest_share_the_seed_that_is_named(course: Course) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        str(course.root / "checks"),
        "--starter",
        "-n",
        "2",
        "-p",
        "onduty.checking.plugin",
    ]
    said = subprocess.run(command, cwd=course.root, capture_output=True, text=True, check=False).stdout
    seeds = set(re.findall(r"--seed (\d+)", said))
    assert len(seeds) == 1, said
    assert re.search(r"onduty check 1 --only \S+ --starter --seed", said)


@pytest.mark.parametrize("body", ["    raise OSError('our own bug')\n", "    import nothing_of_the_kind\n"])
def test_a_broken_check_is_our_fault(job: MakeJob, body: str) -> None:
    result = only(Judge(job(checks=check(body))).run())
    assert result.verdict is Verdict.GRADER_ERROR
    assert result.explanation is not None
    assert "our fault" in result.explanation.next


def test_checks_that_cannot_be_collected_are_our_fault(job: MakeJob) -> None:
    result = only(Judge(job(checks="def (:\n")).run())
    assert result.verdict is Verdict.GRADER_ERROR


def test_a_judge_that_is_killed_leaves_an_error_for_what_is_missing_and_nothing_else(job: MakeJob) -> None:
    judge = Judge(job(checks=check("    await asyncio.Event().wait()\n")))

    def kill(_: str) -> None:
        time.sleep(0.5)  # the service is being started
        found = [child for child in psutil.Process().children() if "onduty.checking.plugin" in child.cmdline()]
        children = found[0].children(recursive=True)
        found[0].send_signal(signal.SIGKILL)
        gone.extend(children)

    gone: list[psutil.Process] = []
    result = only(judge.run(on_start=kill))
    assert result.verdict is Verdict.GRADER_ERROR
    _, alive = psutil.wait_procs(gone, timeout=10)
    assert not alive


def test_a_run_can_be_cancelled(job: MakeJob) -> None:
    judge = Judge(job(checks=check("    await asyncio.Event().wait()\n")))
    with pytest.raises(Cancelled):
        judge.run(on_start=lambda _: threading.Timer(0.5, judge.cancel).start())


def test_only_some_checks_may_be_run(job: MakeJob) -> None:
    result = Judge(job(only=("01.2/ends-at-sigterm",))).run()
    assert [one.id for one in result.checks] == ["01.2/ends-at-sigterm"]
