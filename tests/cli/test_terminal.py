"""In a real terminal, in a pipe, and interrupted."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onduty.course.catalog import Course
from onduty.course.workspace import Workspace

COMMAND = [sys.executable, "-c", "import sys; from onduty.cli import main; sys.exit(main())"]
CONTROLLING = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9]")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
PATIENCE = 60.0
"""Seconds; only a command that hangs takes them."""


class Terminal:
    """A command in a terminal of so many columns."""

    def __init__(self, *arguments: str, columns: int = 80) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color"}
        self._process = subprocess.Popen(
            [*COMMAND[:2], f"{CONTROLLING}; {COMMAND[2]}", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self._ours = ours
        self.raw = ""

    def close(self) -> None:
        """End what is left of it."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def until(self, text: str) -> None:
        """Read until the terminal shows this."""
        while text not in self.raw:
            assert self._read(), f"it ended, and had shown only {self.raw!r}"

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def end(self) -> int:
        while self._read():
            pass
        os.close(self._ours)
        return self._process.wait(PATIENCE)

    @property
    def lines(self) -> list[str]:
        return ESCAPES.sub("", self.raw).replace("\r", "").split("\n")

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], PATIENCE)
        assert ready, f"nothing more for {PATIENCE} s after {self.raw!r}"
        try:
            more = os.read(self._ours, 65536).decode(errors="replace")
        except OSError:  # how Linux says that the other end is closed
            return False
        self.raw += more
        return bool(more)


Open = Callable[..., Terminal]


@pytest.fixture
def terminal() -> Iterator[Open]:
    """Open terminals that are gone when the test is over."""
    opened: list[Terminal] = []

    def open_one(*arguments: str, columns: int = 80) -> Terminal:
        opened.append(Terminal(*arguments, columns=columns))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def workspace(course_root: Path) -> Workspace:
    """A workspace in which the first chapter was begun."""
    course = Course.load(course_root)
    workspace = Workspace.make(course_root / "workspace", course)
    workspace.hand_out(course.find("1"))
    workspace.open(course.find("1"))
    return workspace


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_the_map_fits_the_terminal(workspace: Workspace, terminal: Open, columns: int) -> None:
    with workspace.updating() as progress:
        progress.of("first-light").drill.turn_on()
    shown = terminal("list", columns=columns)
    assert shown.end() == 0
    assert max(map(len, shown.lines)) <= columns
    assert COLOUR.search(shown.raw)
    (row,) = [line for line in shown.lines if "01 First light" in line]
    assert row.split()[:2] == ["●", "○"]
    assert "Part" not in shown.raw
    assert any("at hand" in line for line in shown.lines)


def test_no_color_means_none(workspace: Workspace, terminal: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    (workspace.root / "01-first-light/app/health.py").write_text("mine\n")
    shown = terminal("diff")
    assert shown.end() == 0
    assert "+mine" in shown.raw
    assert not COLOUR.search(shown.raw)


def test_a_pipe_gets_plain_text(workspace: Workspace) -> None:
    for arguments in (["list"], ["start", "1"], ["doctor"]):
        ran = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
        assert "\x1b" not in ran.stdout + ran.stderr
        assert not [line for line in ran.stdout.splitlines() if line != line.rstrip()]


def test_a_terminal_without_unicode_gets_a_likeness(
    workspace: Workspace, terminal: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    shown = terminal("list")
    assert shown.end() == 0
    (row,) = [line for line in shown.lines if "01 First light" in line]
    assert row.split()[:2] == ["o", "o"]
    checked = terminal("check", "1")
    assert checked.end() == 1
    said = "\n".join(checked.lines)
    assert "x 01.1/says-live" in said
    assert "GET /health/live > 500" in " ".join(said.split())
    assert "?" not in said


def test_a_piped_replay_has_whole_sentences(workspace: Workspace) -> None:
    ran = subprocess.run([*COMMAND, "replay", "1"], capture_output=True, text=True, check=False)
    told = [line.strip() for line in ran.stdout.splitlines() if "The health check did not answer 200" in line]
    assert told[0].endswith("500 Internal Server Error.")


def test_a_file_cannot_steer_the_terminal(workspace: Workspace, terminal: Open) -> None:
    (workspace.root / "01-first-light/app/health.py").write_bytes(b"\x1b]0;owned\x07 \xff\n")
    shown = terminal("diff")
    shown.end()
    assert "\x1b]0;" not in shown.raw
    ran = subprocess.run([*COMMAND, "diff"], capture_output=True, check=True)
    assert b"\x1b]0;owned\x07 \xff\n" in ran.stdout


def test_a_person_is_asked_before_the_last_hint(workspace: Workspace, terminal: Open) -> None:
    with workspace.updating() as progress:
        progress.of("first-light").hints["01.1"] = 2
    shown = terminal("hint")
    shown.until("[y/N]")
    shown.type("y\n")
    assert shown.end() == 0
    assert "hint 3 of 3" in shown.raw


def test_ci_is_not_asked_even_in_a_terminal(
    workspace: Workspace, terminal: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    with workspace.updating() as progress:
        progress.of("first-light").hints["01.1"] = 2
    shown = terminal("hint")
    assert shown.end() == 2
    assert "Add --yes to see it." in shown.raw


def test_control_c_at_a_question_is_one_sentence_and_130(workspace: Workspace, terminal: Open) -> None:
    with workspace.updating() as progress:
        progress.of("first-light").hints["01.1"] = 2
    shown = terminal("hint")
    shown.until("[y/N]")
    shown.type("\x03")
    assert shown.end() == 130
    assert shown.lines[-2:] == ["Interrupted.", ""]
    assert workspace.progress().of("first-light").hints == {"01.1": 2}


def test_a_sentence_is_wrapped_between_words(workspace: Workspace, terminal: Open) -> None:
    shown = terminal("solution", columns=40)
    assert shown.end() == 2
    assert max(map(len, shown.lines)) <= 40
    assert " ".join(shown.lines).split()[:6] == ["You", "have", "not", "solved", "01-first-light", "yet."]


def test_a_reader_that_has_enough_ends_it_silently(workspace: Workspace) -> None:
    (workspace.root / "01-first-light/app/health.py").write_text("line\n" * 100_000)
    diff = subprocess.Popen([*COMMAND, "diff"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert diff.stdout is not None
    diff.stdout.readline()
    diff.stdout.close()
    assert diff.stderr is not None
    assert diff.stderr.read() == b""
    diff.stderr.close()
    assert diff.wait(PATIENCE) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a Linux device")
def test_output_that_cannot_be_written_is_told(workspace: Workspace) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([*COMMAND, "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr.count("\n")) == (3, 1)
    assert ran.stderr.startswith("The disk is full.")


def test_closed_streams_do_no_harm(workspace: Workspace) -> None:
    for closed, code in (("<&-", 0), (">&-", 0), ("2>&-", 0), (">&- 2>&- <&-", 0)):
        ran = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *COMMAND, "list"], capture_output=True, check=False)
        assert (ran.returncode, ran.stderr) == (code, b"")


def test_an_interruption_while_it_loads_is_told(workspace: Workspace) -> None:
    """SIGINT at eight moments between the start of `main` and the end: never a traceback, nothing left half done."""
    # Said by the first import of `main`: before it, an interruption is the script's own.
    script = f"""
import sys
class Up:
    def find_spec(self, name, *_):
        if name == "onduty.cli.process":
            print("up", flush=True)
sys.meta_path.insert(0, Up())
{COMMAND[2]}"""
    for moment in range(8):
        command = subprocess.Popen(
            [sys.executable, "-c", script, "reset", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert command.stdout is not None
        command.stdout.readline()
        time.sleep(moment * 0.05)
        command.send_signal(2)
        _, said = command.communicate(timeout=PATIENCE)
        assert "Traceback" not in said
        assert command.returncode in {0, 130, -2}, said
    assert workspace.progress().current == "first-light"
