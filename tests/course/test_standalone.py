"""`onduty init`: a workspace that can be pushed and cloned elsewhere."""

import json
import os
import re
import subprocess
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from onduty.course import installation
from onduty.course.catalog import Course
from onduty.course.standalone import Occupied, constraints, make_standalone
from onduty.course.workspace import Workspace


def git(root: Path, *arguments: str) -> str:
    answer = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return answer.stdout.strip()


def test_it_is_a_repository_with_one_commit_and_nothing_left_over(course: Course, tmp_path: Path) -> None:
    workspace, problem = make_standalone(tmp_path / "mine", course)
    assert problem is None
    assert git(workspace.root, "log", "--format=%s") == "Begin On Duty"
    assert git(workspace.root, "status", "--porcelain") == ""
    committed = git(workspace.root, "ls-files").splitlines()
    assert ".devcontainer/devcontainer.json" in committed
    assert "32-on-duty/app/__main__.py" in committed
    assert ".onduty/base/32-on-duty/app/__main__.py" in committed
    assert ".onduty/state.json" in committed
    assert ".onduty/lock" not in committed
    json.loads((workspace.root / ".devcontainer/devcontainer.json").read_text())
    assert "{{" not in (workspace.root / "README.md").read_text() + (workspace.root / "requirements.txt").read_text()


def test_it_commits_without_a_git_identity(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    _, problem = make_standalone(tmp_path / "mine", course)
    monkeypatch.delenv("GIT_DIR")
    assert problem is None
    assert git(tmp_path / "mine", "log", "--format=%an") == "On Duty"
    assert not (tmp_path / "elsewhere").exists()


def test_it_works_without_git(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    workspace, problem = make_standalone(tmp_path / "mine", course)
    assert problem == "git is not installed"
    assert not (workspace.root / ".git").exists()
    assert course.service is not None
    assert workspace.has(course.service)


def test_a_clone_of_an_empty_repository_may_be_filled(course: Course, tmp_path: Path) -> None:
    root = tmp_path / "mine"
    root.mkdir()
    git(root, "init", "-q")
    _, problem = make_standalone(root, course)
    assert problem is None


def test_a_directory_in_use_is_refused(course: Course, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Occupied, match="is not an empty directory"):
        make_standalone(tmp_path, course)
    with pytest.raises(Occupied, match="is not an empty directory"):
        make_standalone(tmp_path / "notes.txt", course)
    make_standalone(tmp_path / "mine", course)
    with pytest.raises(Occupied, match="is a workspace already"):
        make_standalone(tmp_path / "mine", course)


def test_a_clone_of_it_goes_on(course: Course, tmp_path: Path) -> None:
    workspace, _ = make_standalone(tmp_path / "mine", course)
    with workspace.updating() as progress:
        progress.current = "first-light"
    git(workspace.root, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qam", "more")
    git(tmp_path, "clone", "-q", "mine", "other")
    other = Workspace(tmp_path / "other")
    assert other.progress().current == "first-light"
    assert course.service is not None
    assert other.has(course.service)
    assert other.base(course.service).is_dir()


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        (None, "onduty==1.2"),
        ("not json", "onduty==1.2"),
        ('{"url": "file:///home/me/onduty.whl", "archive_info": {}}', "onduty==1.2"),
        ('{"url": "https://example.org/onduty.whl", "archive_info": {}}', "onduty @ https://example.org/onduty.whl"),
        (
            '{"url": "https://me:secret@example.org/c.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
            "onduty @ git+https://example.org/c.git@abc",
        ),
        (
            '{"url": "git@example.org:me/c.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
            "onduty @ git+ssh://git@example.org/me/c.git@abc",
        ),
        ('{"url": "file:///nowhere", "dir_info": {"editable": true}}', "onduty==1.2"),
    ],
)
def test_the_requirement_installs_elsewhere_and_tells_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str | None, line: str
) -> None:
    (tmp_path / "METADATA").write_text("Name: onduty\nVersion: 1.2\n")
    if origin is not None:
        (tmp_path / "direct_url.json").write_text(origin)
    monkeypatch.setattr(installation, "distribution", lambda _: PathDistribution(tmp_path))
    assert installation.requirement() == line


def test_a_checkout_is_named_by_its_remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = tmp_path / "check out"
    checkout.mkdir()
    git(checkout, "init", "-q")
    git(checkout, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-q", "--allow-empty", "-m", "x")
    git(checkout, "remote", "add", "origin", "https://token@example.org/course.git")
    (tmp_path / "METADATA").write_text("Name: onduty\nVersion: 1.2\n")
    origin = {"url": checkout.as_uri(), "dir_info": {"editable": True}}
    (tmp_path / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.setattr(installation, "distribution", lambda _: PathDistribution(tmp_path))
    commit = git(checkout, "rev-parse", "HEAD")
    assert installation.requirement() == f"onduty @ git+https://example.org/course.git@{commit}"


def test_a_workspace_that_could_not_be_made_leaves_nothing(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        make_standalone(tmp_path / "mine", course)
    assert not (tmp_path / "mine").exists()
    cloned = tmp_path / "cloned"
    cloned.mkdir()
    git(cloned, "init", "-q")
    with pytest.raises(OSError, match="No space"):
        make_standalone(cloned, course)
    assert [entry.name for entry in cloned.iterdir()] == [".git"]
    assert git(cloned, "status", "--porcelain") == ""


def test_it_names_the_versions_that_the_course_was_tested_with(course: Course, tmp_path: Path) -> None:
    (course.root / "requirements.lock").write_text(
        "one==1.2 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "two==3 ; sys_platform == 'win32' \\\n    --hash=sha256:cc\nthree==4\n"
    )
    workspace, _ = make_standalone(tmp_path / "mine", course)
    pins = (workspace.root / "constraints.txt").read_text().splitlines()[1:]
    assert pins == ["one==1.2", "two==3 ; sys_platform == 'win32'", "three==4"]
    assert "-c constraints.txt" in (workspace.root / "requirements.txt").read_text().splitlines()
    assert "constraints.txt" in git(workspace.root, "ls-files").splitlines()


def test_the_constraints_of_this_course_are_pins_and_name_no_host() -> None:
    lines = constraints(Course.load(Path(__file__).parents[2])).splitlines()[1:]
    assert len(lines) > 20
    assert all(re.fullmatch(r"[a-z0-9-]+(\[[a-z,]+\])?==\S+( ; .+)?", line) for line in lines), lines
    assert not any("://" in line for line in lines)
