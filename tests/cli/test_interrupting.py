"""One Ctrl-C, or SIGTERM, ends what runs several judges, soon, and leaves no process and no file behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

SOON = 15.0
"""Seconds; a check that nobody ends takes 30."""


@pytest.fixture
def began(course_root: Path, tmp_path: Path) -> Path:
    """A directory in which every check that begins leaves a file; none of them ends."""
    place = tmp_path / "began"
    place.mkdir()
    for checks in course_root.glob("checks/*/test_*.py"):
        waits = f"""    import asyncio, os, pathlib
    pathlib.Path({str(place)!r}, str(os.getpid())).touch()
    await asyncio.Event().wait()
"""
        module, *tests = checks.read_text().split("async def ")
        checks.write_text("async def ".join([module, *(each.replace('."""\n', f'."""\n{waits}', 1) for each in tests)]))
    return place


@pytest.fixture
def own_tempdir() -> Iterator[Path]:
    """A directory for temporary files that nobody else uses, and that whoever runs PostgreSQL can enter."""
    with tempfile.TemporaryDirectory(prefix="onduty-test-") as place:
        Path(place).chmod(0o755)
        yield Path(place)


@pytest.fixture
def started(course_root: Path, mine: Path) -> Iterator[list[subprocess.Popen[str]]]:
    (mine / "app/health.py").write_text((mine / "app/health.py").read_text() + "# mine\n")
    for name in ("01-first-light", "02-held-kettle"):
        bank = course_root / "tests/variants" / name
        bank.mkdir(parents=True)
        (bank / "starter.toml").write_text('why = "It is broken."\n')
    opened: list[subprocess.Popen[str]] = []
    yield opened
    for each in opened:
        if each.poll() is None:
            for process in psutil.Process(each.pid).children(recursive=True):
                process.kill()
            each.kill()
        each.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", [["replay", "1"], ["dev", "bank", "1"], ["dev", "steps", "1"]])
def test_one_signal_ends_every_judge(
    began: Path, started: list[subprocess.Popen[str]], command: list[str], number: signal.Signals, own_tempdir: Path
) -> None:
    code = "import sys; from onduty.cli import main; sys.exit(main())"
    environment = os.environ | {"TMPDIR": str(own_tempdir)}
    ran = subprocess.Popen([sys.executable, "-c", code, *command], stderr=subprocess.PIPE, text=True, env=environment)
    started.append(ran)
    deadline = time.monotonic() + 60
    while len(list(began.iterdir())) < 2:
        assert ran.poll() is None, ran.stderr and ran.stderr.read()
        assert time.monotonic() < deadline, "two judges should have begun"
        time.sleep(0.05)
    children = psutil.Process(ran.pid).children(recursive=True)
    assert command[0] == "replay" or list(own_tempdir.iterdir())
    ran.send_signal(number)
    assert (ran.wait(SOON), ran.stderr and ran.stderr.read()) == (128 + number, "Interrupted.\n")
    assert not psutil.wait_procs(children, timeout=10)[1]
    assert list(own_tempdir.iterdir()) == []
