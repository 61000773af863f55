"""Which chapters a push changed, wherever in the repository they lie."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from onduty.course.catalog import Course
from onduty.course.problems import Problem
from onduty.grading.changed import changed_chapters, changed_lights

LIGHT, KETTLE, SERVICE = "01-first-light", "02-held-kettle", "32-on-duty"
NEW_BRANCH = "0" * 40
Repository = Callable[..., tuple[Path, str]]


@pytest.fixture
def repository(tmp_path: Path, committed) -> Repository:
    """A repository with a file in each of these directories, those of the last push changed since the commit."""

    def made(*directories: str, pushed: str, name: str = "ada") -> tuple[Path, str]:
        root = tmp_path / name
        for directory in directories:
            (root / directory / "app").mkdir(parents=True)
            (root / directory / "app" / "main.py").write_text("x = 1\n")
            (root / directory / "Procfile").write_text("web: python -m app\n")
        committed(root)
        before = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
        (root / pushed / "app" / "main.py").write_text("x = 2\n")
        committed(root)
        return root, before.stdout.strip()

    return made


@pytest.mark.parametrize("place", ["", "workspace/", "one/more/"])
@pytest.mark.parametrize("named", ["the repository", "the part that holds them"])
def test_chapters_are_found_wherever_they_lie(place: str, named: str, repository: Repository, mini: Course) -> None:
    root, before = repository(place + LIGHT, place + KETTLE, pushed=place + LIGHT)
    submission = root if named == "the repository" else root / place
    assert changed_chapters(mini, submission, before) == [mini.find("1")]
    assert changed_chapters(mini, submission, NEW_BRANCH) == [mini.find("1"), mini.find("2")]


def test_a_push_elsewhere_in_the_repository_changes_nothing(repository: Repository, mini: Course) -> None:
    root, before = repository(f"workspace/{LIGHT}", f"old/{LIGHT}", pushed=f"old/{LIGHT}")
    assert changed_chapters(mini, root / "workspace", before) == []
    assert changed_lights(mini, root / "workspace", before) == []


def test_what_is_handed_in_may_be_the_chapter_itself(repository: Repository, mini: Course) -> None:
    root, before = repository(LIGHT, KETTLE, pushed=LIGHT)
    assert changed_chapters(mini, root / LIGHT, before) == [mini.find("1")]
    assert changed_chapters(mini, root / KETTLE, before) == []


def test_a_chapter_that_was_removed_is_not_graded(repository: Repository, mini: Course, committed) -> None:
    root, before = repository(LIGHT, KETTLE, pushed=LIGHT)
    subprocess.run(["git", "-C", root, "rm", "-rq", LIGHT], check=True)
    (root / KETTLE / "Procfile").write_text("web: python -m other\n")
    committed(root)
    assert changed_chapters(mini, root, before) == [mini.find("2")]


def test_a_change_of_the_service_changes_every_light(repository: Repository, mini: Course) -> None:
    root, before = repository(LIGHT, SERVICE, pushed=SERVICE)
    for submission in (root, root / SERVICE):
        assert changed_lights(mini, submission, before) == list(mini.chapters)
    root, before = repository(LIGHT, SERVICE, pushed=LIGHT, name="bob")
    for submission in (root, root / SERVICE):
        assert changed_lights(mini, submission, before) == []


def test_a_service_of_another_name_is_all_of_its_repository(repository: Repository, mini: Course) -> None:
    root, before = repository(".", pushed=".")
    assert changed_lights(mini, root, before) == list(mini.chapters)
    head = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    assert changed_lights(mini, root, head.stdout.strip()) == []


def test_what_is_no_commit_is_told_in_a_sentence(repository: Repository, mini: Course) -> None:
    root, _ = repository(LIGHT, pushed=LIGHT)
    with pytest.raises(Problem, match="--changed-since main is not a commit"):
        changed_chapters(mini, root, "main")
