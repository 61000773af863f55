"""A miniature course whose checks a test may rewrite."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from onduty.checking.judge import Job
from onduty.course.catalog import Course

MINI = Path(__file__).parents[1] / "mini"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """The miniature course, in a place of its own."""
    root = tmp_path / "course"
    shutil.copytree(MINI, root, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("ONDUTY_COURSE", str(root))
    return Course.load(root)


@pytest.fixture
def job(course: Course) -> Callable[..., Job]:
    """The first chapter's checks, or the ones given, against its solution or another app."""

    def make(*, checks: str | None = None, app: Path | None = None, seed: int = 1, only: tuple[str, ...] = ()) -> Job:
        chapter = course.find("1")
        if checks is not None:
            (chapter.checks / "test_first_light.py").write_text(checks, encoding="utf-8")
        return Job(chapter, app or chapter.solution, "test", seed, only=only)

    return make
