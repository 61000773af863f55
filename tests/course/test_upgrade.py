"""Changes of the course come into the learner's copies by three-way merge, and only when asked for."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from onduty.course.catalog import Chapter, Course
from onduty.course.merge3 import Merged, merge
from onduty.course.upgrade import Step, apply, outdated
from onduty.course.workspace import Workspace


def merged(base: str, yours: str, theirs: str) -> Merged:
    return merge(base.encode(), yours.encode(), theirs.encode(), your_name="yours", their_name="theirs")


@pytest.mark.parametrize(
    ("base", "yours", "theirs", "result"),
    [
        ("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n"),
        ("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n", "a\nc\nd\n"),
        ("a\n", "b\n", "b\n", "b\n"),
        ("a\n", "a\n", "b\n", "b\n"),
        ("", "", "new\n", "new\n"),
        ("a\nb\nc", "a\nb\nc", "a\nX\nc", "a\nX\nc"),
    ],
)
def test_changes_in_different_places_are_both_kept(base: str, yours: str, theirs: str, result: str) -> None:
    assert merged(base, yours, theirs) == Merged(result.encode(), 0)


def test_changes_in_the_same_place_are_marked() -> None:
    result = merged("a\nb\nc\n", "a\nmine\nc\n", "a\nnew\nc\n")
    assert result.conflicts == 1
    assert result.text.decode() == "a\n<<<<<<< yours\nmine\n=======\nnew\n>>>>>>> theirs\nc\n"


def test_markers_begin_a_line_where_a_text_has_no_last_line_end() -> None:
    result = merged("a", "b", "c")
    assert result.text.decode() == "<<<<<<< yours\nb\n=======\nc\n>>>>>>> theirs\n"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the judge here")
def test_the_merge_agrees_with_git(tmp_path: Path) -> None:
    """Where both git and we find no conflict, the result is the same; and we never miss one that git sees."""
    seeded = random.Random(5)
    agreed = 0
    for _ in range(60):
        base = [f"line {number}\n" for number in range(seeded.randrange(1, 12))]
        sides = [edited(base, seeded) for _ in range(2)]
        ours = merged("".join(base), "".join(sides[0]), "".join(sides[1]))
        for name, lines in zip("byt", (base, *sides), strict=True):
            (tmp_path / name).write_text("".join(lines))
        command = ["git", "merge-file", "-p", *(str(tmp_path / name) for name in "ybt")]
        git = subprocess.run(command, capture_output=True, check=False)
        if git.returncode:
            assert ours.conflicts
        elif not ours.conflicts:
            assert ours.text == git.stdout
            agreed += 1
    assert agreed > 15


def edited(lines: list[str], seeded: random.Random) -> list[str]:
    result = list(lines)
    for _ in range(seeded.randrange(3)):
        place = seeded.randrange(len(result) + 1)
        result[place : place + seeded.randrange(2)] = [f"new {seeded.randrange(3)}\n"] * seeded.randrange(2)
    return result


@pytest.fixture
def yours(workspace: Workspace, light: Chapter) -> Path:
    workspace.hand_out(light)
    return workspace.directory(light)


def test_nothing_is_outdated_at_first(course: Course, workspace: Workspace, yours: Path) -> None:
    (yours / "app/health.py").write_text("mine")
    assert outdated(course, workspace) == []


def test_an_upgrade_decides_file_by_file(course: Course, workspace: Workspace, light: Chapter, yours: Path) -> None:
    main = (light.starter / "app/__main__.py").read_text()
    (yours / "README.md").write_text("my notes\n")
    (yours / "app/__main__.py").write_text(main.replace('"""Listens', '"""MINE listens'))
    (yours / "Procfile").unlink()

    (light.starter / "app/__main__.py").write_text(main + "# new\n")
    (light.starter / "app/health.py").write_text("new\n")
    (light.starter / "README.md").write_text("new\n")
    (light.starter / "Procfile").write_text("web: new\n")
    (light.starter / "app/__init__.py").unlink()
    (light.starter / "app/fresh.py").write_text("new\n")

    (upgrade,) = outdated(course, workspace)
    assert {file.path: file.step for file in upgrade.files} == {
        "Procfile": Step.KEEP,
        "README.md": Step.CONFLICT,
        "app/__init__.py": Step.REMOVE,
        "app/__main__.py": Step.MERGE,
        "app/fresh.py": Step.ADD,
        "app/health.py": Step.TAKE,
    }
    apply(workspace, [upgrade])
    assert not (yours / "Procfile").exists()
    assert "<<<<<<< yours\nmy notes" in (yours / "README.md").read_text()
    assert not (yours / "app/__init__.py").exists()
    assert '"""MINE listens' in (yours / "app/__main__.py").read_text()
    assert (yours / "app/__main__.py").read_text().endswith("# new\n")
    assert (yours / "app/health.py").read_text() == "new\n"
    assert outdated(course, workspace) == []

    workspace.undo()
    assert (yours / "README.md").read_text() == "my notes\n"
    assert (yours / "app/__init__.py").exists()
    assert len(outdated(course, workspace)) == 1


def test_a_binary_file_that_both_changed_stays_yours(
    course: Course, workspace: Workspace, light: Chapter, yours: Path
) -> None:
    for place, content in ((yours, b"\0mine"), (light.starter, b"\0new")):
        (place / "app/health.py").write_bytes(content)
    (upgrade,) = outdated(course, workspace)
    assert [file.step for file in upgrade.files] == [Step.KEEP]


def test_a_change_of_the_hints_is_no_change_of_the_starter(
    course: Course, workspace: Workspace, light: Chapter, yours: Path
) -> None:
    assert yours.is_dir()
    (light.starter / "chapter.toml").write_text("")
    assert outdated(course, workspace) == []
