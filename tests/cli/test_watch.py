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

    def __init__(self, *arguments: str) -> None:
        self._terminal, child = pty.openpty()
        code = "import sys; from onduty.cli import main; sys.exit(main())"
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
            if select.select([self._terminal], [], [], 0.1)[0]:
                self.text += ESCAPES.sub("", os.read(self._terminal, 65536).decode(errors="replace"))
        return self.text[before:]

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


def test_a_change_in_the_middle_ends_the_stale_run(copy: Path, screens: list[Screen]) -> None:
    screens.append(screen := Screen("watch", "1"))
    screen.until("01.1/says-live")
    (copy / "app/health.py").write_text((copy / "app/health.py").read_text() + "# changed\n")
    told = screen.until("Watching")
    assert told.count("checks,") == 1 + told.count("checks, 0 of 15 points") // 2
    assert screen.interrupt() == 1


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
