"""Runs `onduty` on a miniature course of the test's own, in this process."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from onduty.cli import main
from onduty.course.catalog import Chapter, Course
from onduty.course.workspace import Workspace

MINI = Path(__file__).parents[1] / "mini"


Onduty = Callable[..., CompletedProcess[str]]


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is worth waiting for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(autouse=True)
def course_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the miniature course that a test may spoil; the current directory, and the only course there is."""
    root = tmp_path / "course"
    shutil.copytree(MINI, root, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(root)
    monkeypatch.setenv("ONDUTY_COURSE", str(root))
    monkeypatch.setenv("ONDUTY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return root


@pytest.fixture
def onduty(capsys: pytest.CaptureFixture[str]) -> Onduty:
    """Run a command line: `onduty("start", "1")`."""

    def run(*arguments: str) -> CompletedProcess[str]:
        capsys.readouterr()
        code = main(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return CompletedProcess(arguments, code, said.out, said.err)

    return run


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let the next commands read this from the keyboard."""
    with ExitStack() as opened:

        def type_in(text: str) -> None:
            keyboard = tmp_path / "keyboard"
            keyboard.write_text(text)
            monkeypatch.setattr("sys.stdin", opened.enter_context(keyboard.open()))

        yield type_in


@pytest.fixture
def workspace(course_root: Path) -> Workspace:
    """The workspace beside the course, made on first use."""
    return Workspace.find_or_make(Course.load(course_root))[0]


@pytest.fixture
def light(workspace: Workspace, course_root: Path) -> Chapter:
    """The first chapter, begun."""
    chapter = Course.load(course_root).find("1")
    workspace.hand_out(chapter)
    workspace.open(chapter)
    return chapter


@pytest.fixture
def mine(workspace: Workspace, light: Chapter) -> Path:
    """The learner's copy of it."""
    return workspace.directory(light)
