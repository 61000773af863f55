"""`onduty watch` and `onduty run` in a terminal of their own: a change starts again, Ctrl-C ends everything."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from onduty.course.workspace import Workspace
from onduty.lab.network.ports import free_port

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Screen:
    """A program in a pseudo-terminal, and everything it has written."""

    def __init__(self, *arguments: str, before: str = "") -> None:
        self._terminal, child = pty.openpty()
        code = f"{before}\nimport sys; from onduty.cli import main; sys.exit(main())"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stdin=child, stdout=child, stderr=child, start_new_session=True
        )
        os.close(child)
        self.text = ""

    def until(self, words: str, within: float = 30) -> str:
        """Read until the words come; returns what came since the last call."""
        deadline = time.monotonic() + within
        before = len(self.text)
        while words not in self.text[before:]:
            assert time.monotonic() < deadline, f"{words!r} did not come:\n{self.text[before:]}"
            self._read()
        return self.text[before:]

    def rest(self) -> str:
        """What came since the last call, of a program that has ended."""
        before = len(self.text)
        while self._read():
            continue
        return self.text[before:]

    def end(self, within: float = 30) -> int:
        """Read until it ends by itself; returns the exit code."""
        deadline = time.monotonic() + within
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it goes on:\n{self.text}"
            self._read()
        return self.process.returncode

    def _read(self) -> bool:
        if not select.select([self._terminal], [], [], 0.1)[0]:
            return False
        try:
            self.text += ESCAPES.sub("", os.read(self._terminal, 65536).decode(errors="replace"))
        except OSError:  # how Linux says that the other end is closed
            return False
        return True

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal sends it; returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(15)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._terminal)


@pytest.fixture
def copy(onduty, workspace: Workspace) -> Path:
    onduty("start", "1")
    return workspace.root / "01-first-light"


@pytest.fixture
def screens() -> Iterator[list[Screen]]:
    opened: list[Screen] = []
    yield opened
    for screen in opened:
        screen.close()


def test_a_change_is_checked_and_ctrl_c_leaves_nothing(copy: Path, course_root: Path, screens: list[Screen]) -> None:
    screens.append(screen := Screen("watch", "1"))
    assert "✗ 01.1/says-live" in screen.until("Watching")
    shutil.copytree(course_root / "solutions/01-first-light/app", copy / "app", dirs_exist_ok=True)
    again = screen.until("Watching")
    assert "✓ 01.1/says-live" in again
    assert "Ship it" in again
    children = psutil.Process(screen.process.pid).children(recursive=True)
    assert screen.interrupt() == 0
    assert not psutil.wait_procs(children, timeout=10)[1]


@pytest.fixture
def gate(course_root: Path, tmp_path: Path) -> Path:
    """While this file is there, the first check goes on."""
    checks = course_root / "checks/01-first-light/test_first_light.py"
    promise = '"""A process that can answer says that it lives."""\n'
    waits = f"""    import asyncio, pathlib
    while pathlib.Path({str(tmp_path / "gate")!r}).exists():
        await asyncio.sleep(0.05)
"""
    checks.write_text(checks.read_text().replace(promise, promise + waits))
    (tmp_path / "gate").touch()
    return tmp_path / "gate"


def test_a_change_in_the_middle_ends_the_stale_run(copy: Path, gate: Path, screens: list[Screen]) -> None:
    screens.append(screen := Screen("watch", "1"))
    screen.until("01.1/says-live")
    (copy / "app/health.py").write_text((copy / "app/health.py").read_text() + "# changed\n")
    assert "checks," not in screen.until("changed: starting again", within=15)
    gate.unlink()
    assert screen.until("Watching").count("checks,") == 1
    assert screen.interrupt() == 1
    assert "starting again" not in screen.rest()


def test_ctrl_c_in_the_middle_is_no_change(copy: Path, gate: Path, screens: list[Screen]) -> None:
    screens.append(screen := Screen("watch", "1"))
    screen.until("01.1/says-live")
    assert screen.interrupt() == 130
    assert "starting again" not in screen.rest()


def test_what_cannot_be_kept_ends_the_watch_in_a_sentence(
    copy: Path, gate: Path, workspace: Workspace, screens: list[Screen]
) -> None:
    screens.append(screen := Screen("watch", "1"))
    screen.until("01.1/says-live")
    (workspace.meta / "state.json").write_text('{"version": 9}')
    gate.unlink()
    assert screen.end() == 3
    screen.rest()
    said = " ".join(screen.text.split())
    assert "was last used with a newer onduty" in said
    assert "Traceback" not in said


def test_a_file_that_is_not_deployed_is_named_while_watching(copy: Path, screens: list[Screen]) -> None:
    (copy / "notes.txt").touch()
    screens.append(screen := Screen("watch", "1"))
    assert "only Procfile, app/**/*.py: notes.txt." in " ".join(screen.until("Watching").split())
    (copy / "app/more.py").touch()
    assert "Not deployed" not in screen.until("Watching")
    (copy / "more.txt").touch()
    assert "more.txt, notes.txt." in " ".join(screen.until("Watching").split())
    screen.interrupt()


def test_a_service_that_cannot_be_started_at_all_ends_the_run_in_a_sentence(
    copy: Path, tmp_path: Path, screens: list[Screen], monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks = """
import errno
from onduty.lab.hosting.platform import Platform
async def start(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")
Platform.start = start
"""
    screens.append(screen := Screen("run", "1", "--port", str(free_port()), before=breaks))
    assert screen.end() == 3
    screen.rest()
    said = screen.text
    assert "The disk is full. Free some space" in said
    assert "Traceback" not in said


def test_run_serves_and_starts_again_after_a_change(copy: Path, screens: list[Screen]) -> None:
    port = str(free_port())
    screens.append(screen := Screen("run", "1", "--port", port))
    screen.until(f"http://127.0.0.1:{port}")
    assert status(port) == 500
    health = copy / "app/health.py"
    health.write_text(health.read_text().replace("500", "200"))
    screen.until("starting again")
    deadline = time.monotonic() + 15
    while status(port) != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    children = psutil.Process(screen.process.pid).children(recursive=True)
    assert screen.interrupt() == 130
    assert not psutil.wait_procs(children, timeout=10)[1]
    assert screen.rest().split()[-1] == "Interrupted."
    assert "exit status" not in screen.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_run_ends_as_well_when_it_is_told_to(copy: Path, screens: list[Screen], number: signal.Signals) -> None:
    screens.append(screen := Screen("run", "1", "--port", str(free_port())))
    screen.until("web is up")
    screen.process.send_signal(number)
    assert screen.end() == 128 + number
    screen.rest()
    assert screen.text.split()[-1] == "Interrupted."
    assert "exit status" not in screen.text


def status(port: str, within: float = 15) -> int | None:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.05)
    return None
