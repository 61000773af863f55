"""Commands that show or overwrite the learner's files, and the way back."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from onduty.cli import session
from onduty.course.catalog import Chapter, Course

Onduty = Callable[..., CompletedProcess[str]]


def test_diff_shows_what_the_learner_did_and_applies_elsewhere(onduty: Onduty, mine: Path, tmp_path: Path) -> None:
    assert onduty("diff").stderr == "You have not changed anything in 01-first-light yet.\n"
    (mine / "app/health.py").write_text("mine")
    (mine / "app/extra.py").write_text("extra\n")
    (mine / "Procfile").unlink()
    patch = onduty("diff").stdout
    assert "--- starter/app/health.py\n+++ yours/app/health.py\n" in patch
    assert "--- /dev/null\n+++ yours/app/extra.py\n" in patch
    base = mine.parent / ".onduty/base/01-first-light"
    subprocess.run(["git", "apply", "-p1", "-"], input=patch, text=True, check=True, cwd=base)
    assert not (base / "Procfile").exists()
    assert onduty("diff").stdout == ""


def test_only_a_line_feed_ends_a_line_of_a_diff(onduty: Onduty, mine: Path) -> None:
    odd = "one\ftwo\u2028three\x85four\r\n"
    (mine / "app/health.py").write_text(f"{odd}mine\n", newline="")
    base = mine.parent / ".onduty/base/01-first-light"
    patch = onduty("diff").stdout
    assert "+one\ftwo\u2028three\x85four" in patch  # git would take more lines than that, `patch` would not
    subprocess.run(["git", "apply", "-p1", "-"], input=patch.encode(), check=True, cwd=base)
    assert (base / "app/health.py").read_bytes() == (mine / "app/health.py").read_bytes()


def test_a_change_without_a_line_is_shown_and_applies_elsewhere(onduty: Onduty, mine: Path) -> None:
    base = mine.parent / ".onduty/base/01-first-light"
    (base / "app/gone.py").touch()
    (base / "app/deploy.sh").write_text("true\n")
    (base / "app/both.sh").write_text("true\n")
    (mine / "app/package").mkdir()
    (mine / "app/package/__init__.py").touch()
    (mine / "app/run.sh").touch(0o755)
    (mine / "app/deploy.sh").write_text("true\n")
    (mine / "app/deploy.sh").chmod(0o755)
    (mine / "app/both.sh").write_text("false\n")
    (mine / "app/both.sh").chmod(0o755)
    ran = onduty("diff")
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == [
        "diff --git starter/app/both.sh yours/app/both.sh",
        "old mode 100644",
        "new mode 100755",
        "--- starter/app/both.sh",
        "+++ yours/app/both.sh",
        "@@ -1 +1 @@",
        "-true",
        "+false",
        "diff --git starter/app/deploy.sh yours/app/deploy.sh",
        "old mode 100644",
        "new mode 100755",
        "diff --git starter/app/gone.py yours/app/gone.py",
        "deleted file mode 100644",
        "diff --git starter/app/package/__init__.py yours/app/package/__init__.py",
        "new file mode 100644",
        "diff --git starter/app/run.sh yours/app/run.sh",
        "new file mode 100755",
    ]
    subprocess.run(["git", "apply", "-p1", "-"], input=ran.stdout, text=True, check=True, cwd=base)
    assert "You have not changed anything" in onduty("diff").stderr


def test_a_copy_that_was_not_handed_out_is_compared_with_the_starter(onduty: Onduty, mine: Path) -> None:
    shutil.rmtree(mine.parent / ".onduty/base")
    (mine / "app/health.py").write_text("mine\n")
    assert [line for line in onduty("diff").stdout.splitlines() if line.startswith("+")] == [
        "+++ yours/app/health.py",
        "+mine",
    ]


def test_reset_keeps_a_way_back(onduty: Onduty, mine: Path) -> None:
    assert onduty("reset", "1").stdout == "01-first-light is as you got it already.\n"
    (mine / "app/health.py").write_text("mine")
    (mine / "app/extra.py").write_text("mine, too")
    ran = onduty("reset", "1")
    assert ran.stdout.splitlines() == [
        "restored  01-first-light/app/health.py",
        "removed   01-first-light/app/extra.py",
        "01-first-light is as you got it. `onduty undo` brings your version back.",
    ]
    assert not (mine / "app/extra.py").exists()
    undone = onduty("undo").stdout
    assert "restored  01-first-light/app/extra.py" in undone
    assert "as they were before `onduty reset 1`" in undone
    assert (mine / "app/health.py").read_text() == "mine"
    assert "before `onduty reset 1`" in onduty("undo", "--list").stdout


def test_reset_begins_with_the_starter_as_it_is_now(onduty: Onduty, mine: Path, light: Chapter) -> None:
    (light.starter / "README.md").write_text("a better story\n")
    onduty("reset", "1")
    assert (mine / "README.md").read_text() == "a better story\n"
    assert "There is nothing to do." in onduty("upgrade").stdout
    assert onduty("diff").stdout == ""


def test_undo_with_nothing_to_undo_says_so(onduty: Onduty, mine: Path) -> None:
    assert mine.is_dir()
    assert onduty("undo").stderr == "There is nothing to undo: no command has overwritten a file of yours.\n"
    assert onduty("undo", "--list").stdout == "There are none: no command has overwritten a file of yours.\n"


def test_upgrade_shows_then_merges_when_told(onduty: Onduty, mine: Path, light: Chapter) -> None:
    assert "There is nothing to do." in onduty("upgrade").stdout
    (light.starter / "README.md").write_text("a better story\n")
    (light.starter / "app/health.py").write_text("theirs\n")
    (mine / "app/health.py").write_text("mine\n")
    shown = onduty("upgrade")
    assert shown.returncode == 0
    assert "README.md takes the new version" in shown.stdout
    assert "app/health.py needs you: both changed the same lines" in shown.stdout
    assert "+a better story" in shown.stdout
    assert (mine / "README.md").read_text() != "a better story\n"
    applied = onduty("upgrade", "--apply")
    assert applied.returncode == 1
    assert "Look for <<<<<<< in the files that need you." in applied.stdout
    assert (mine / "README.md").read_text() == "a better story\n"
    onduty("undo")
    assert (mine / "app/health.py").read_text() == "mine\n"


def test_init_makes_a_workspace_and_says_how_to_go_on(
    onduty: Onduty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = onduty("init", "my course")
    assert ran.stdout == "Your workspace is ready: my course\nNext: cd 'my course' && onduty\n"
    assert (tmp_path / "my course/.git").is_dir()
    assert "is a workspace already" in onduty("init", "my course").stderr
    monkeypatch.chdir(tmp_path / "my course")
    assert onduty("start", "1").returncode == 0
    assert (tmp_path / "my course/01-first-light/README.md").exists()


def test_alone_it_tells_of_starters_that_changed(
    onduty: Onduty, light: Chapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "begin", lambda *_, **__: 0)
    (light.starter / "README.md").write_text("a better story\n")
    assert "The course has changed the starter of 01" in onduty().stderr


def test_edits_in_the_course_itself_are_told_and_not_handed_out(
    onduty: Onduty, course_root: Path, monkeypatch: pytest.MonkeyPatch, typed: Callable[[str], None]
) -> None:
    as_checkout(course_root, monkeypatch)
    (course_root / "chapters/01-first-light/app/health.py").write_text("mine\n")
    ran = onduty("start", "1")
    assert "You have edited the course's own files in chapters/01-first-light" in ran.stderr
    assert "Run `onduty` in a terminal to move the edits there." in ran.stderr
    assert "500" in (course_root / "workspace/01-first-light/app/health.py").read_text()

    monkeypatch.setattr("onduty.cli.moving.interactive", lambda: True)
    typed("\n")
    moved = onduty("start", "1")
    assert "Moved 1 file. `onduty undo` moves them back." in moved.stdout
    assert (course_root / "workspace/01-first-light/app/health.py").read_text() == "mine\n"
    assert "500" in (course_root / "chapters/01-first-light/app/health.py").read_text()


def as_checkout(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the miniature course be found as a git checkout is, not as an author's."""
    for command in ("init -q", "add .", "-c user.name=x -c user.email=x@y commit -qm course"):
        subprocess.run(["git", *command.split()], cwd=root, check=True)
    monkeypatch.delenv("ONDUTY_COURSE")
    monkeypatch.setattr(Course, "find_course", lambda: Course.load(root))
