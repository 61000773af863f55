"""A learner edited the course's own files: nothing of that is lost, and it ends up where it is checked."""

import os
import subprocess
from pathlib import Path

import pytest

from onduty.course.catalog import Course
from onduty.course.misplaced import misplaced_edits, move
from onduty.course.workspace import Workspace

IDENTITY = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@pytest.fixture
def checkout(course: Course) -> Course:
    """The miniature course as a git checkout."""
    for command in (["init", "-q"], ["add", "chapters", "checks", "solutions"], ["commit", "-qm", "course"]):
        subprocess.run(["git", *command], cwd=course.root, check=True, env=os.environ | IDENTITY)
    return course


def edit(checkout: Course, path: str, before: str, after: str) -> Path:
    file = checkout.root / "chapters" / path
    file.write_text(file.read_text().replace(before, after))
    return file


def test_a_clean_checkout_has_none(checkout: Course) -> None:
    with misplaced_edits(checkout) as found:
        assert found == []


def test_edits_and_new_files_are_found(checkout: Course) -> None:
    edit(checkout, "01-first-light/app/health.py", "500", "200")
    (checkout.root / "chapters/01-first-light/app/extra.py").write_text("")
    (checkout.root / "chapters/01-first-light/app/__pycache__").mkdir()
    (checkout.root / "chapters/01-first-light/app/__pycache__/x.pyc").write_text("")
    with misplaced_edits(checkout) as found:
        assert [(one.chapter.name, one.paths) for one in found] == [
            ("01-first-light", ("app/extra.py", "app/health.py"))
        ]


def test_a_chapter_that_was_never_committed_is_an_authors(checkout: Course) -> None:
    new = checkout.root / "chapters/03-held-door"
    new.mkdir()
    text = (checkout.root / "chapters/02-held-kettle/chapter.toml").read_text()
    (new / "app").mkdir()
    (new / "app/main.py").write_text("")
    (new / "chapter.toml").write_text(text.replace("held-kettle", "held-door").replace('"02.1"', '"03.1"'))
    with misplaced_edits(Course.load(checkout.root)) as found:
        assert found == []


def test_an_author_who_names_the_course_is_left_alone(checkout: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(checkout, "01-first-light/app/health.py", "500", "200")
    monkeypatch.setenv("ONDUTY_COURSE", str(checkout.root))
    with misplaced_edits(checkout) as found:
        assert found == []


def test_without_git_there_is_nothing_to_tell(checkout: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(checkout, "01-first-light/app/health.py", "500", "200")
    monkeypatch.setenv("PATH", "")
    with misplaced_edits(checkout) as found:
        assert found == []


def test_a_repository_without_a_commit_has_none(course: Course) -> None:
    subprocess.run(["git", "init", "-q"], cwd=course.root, check=True)
    with misplaced_edits(course) as found:
        assert found == []


def test_moving_makes_a_copy_where_there_was_none(checkout: Course) -> None:
    workspace = Workspace.make(checkout.root / "workspace", checkout)
    edited = edit(checkout, "01-first-light/app/health.py", "500", "200")
    with misplaced_edits(checkout) as found:
        assert move(workspace, found) == {}
    light = checkout.find("1")
    assert "200" in (workspace.directory(light) / "app/health.py").read_text()
    assert "500" in (workspace.base(light) / "app/health.py").read_text()
    assert "500" in edited.read_text()
    with misplaced_edits(checkout) as found:
        assert found == []


def test_moving_merges_into_a_copy_and_can_be_undone(checkout: Course) -> None:
    workspace = Workspace.make(checkout.root / "workspace", checkout)
    light = checkout.find("1")
    workspace.hand_out(light)
    mine = workspace.directory(light) / "app/__main__.py"
    mine.write_text(mine.read_text().replace('"""Listens', '"""MINE listens'))
    edited = edit(checkout, "01-first-light/app/__main__.py", "signal.SIG_IGN", "signal.SIG_DFL")
    (light.starter / "Procfile").unlink()
    with misplaced_edits(checkout) as found:
        assert move(workspace, found) == {}
    assert '"""MINE listens' in mine.read_text()
    assert "SIG_DFL" in mine.read_text()
    assert not (workspace.directory(light) / "Procfile").exists()
    assert "SIG_IGN" in edited.read_text()
    assert (light.starter / "Procfile").exists()

    workspace.undo()
    assert "SIG_DFL" not in mine.read_text()
    assert "SIG_DFL" in edited.read_text()
    assert not (light.starter / "Procfile").exists()


def test_edits_of_the_same_line_are_marked(checkout: Course) -> None:
    workspace = Workspace.make(checkout.root / "workspace", checkout)
    light = checkout.find("1")
    workspace.hand_out(light)
    mine = workspace.directory(light) / "app/health.py"
    mine.write_text(mine.read_text().replace("500", "204"))
    edit(checkout, "01-first-light/app/health.py", "500", "200")
    with misplaced_edits(checkout) as found:
        assert move(workspace, found) == {"01-first-light/app/health.py": 1}
    assert "204" in mine.read_text()
    assert "200" in mine.read_text()


def test_a_base_that_was_handed_out_edited_is_mended(checkout: Course) -> None:
    edit(checkout, "01-first-light/app/health.py", "500", "200")
    workspace = Workspace.make(checkout.root / "workspace", checkout)
    light = checkout.find("1")
    workspace.hand_out(light)
    with misplaced_edits(checkout) as found:
        assert move(workspace, found) == {}
    assert "500" in (workspace.base(light) / "app/health.py").read_text()
    assert "200" in (workspace.directory(light) / "app/health.py").read_text()
