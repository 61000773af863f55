"""A miniature course and a workspace, both of the test's own."""

import os
import shutil
from pathlib import Path

import pytest

from onduty.course.catalog import Chapter, Course
from onduty.course.workspace import Workspace

MINI = Path(__file__).parents[1] / "mini"


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is worth waiting for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def course_root(tmp_path: Path) -> Path:
    """A copy of the miniature course that a test may spoil."""
    root = tmp_path / "course"
    shutil.copytree(MINI, root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture
def course(course_root: Path) -> Course:
    return Course.load(course_root)


@pytest.fixture
def workspace(course: Course) -> Workspace:
    return Workspace.make(course.root / "workspace", course)


@pytest.fixture
def light(course: Course) -> Chapter:
    return course.find("first-light")
