"""A workspace that stands alone: its own git repository, away from the course's checkout."""

import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from onduty.course import files
from onduty.course.catalog import Course
from onduty.course.git import GitFailed, git
from onduty.course.installation import requirement, version
from onduty.course.problems import Problem
from onduty.course.workspace import MARKER, Workspace

TEMPLATES: Final = Path(__file__).with_name("templates")
PLACES: Final = {
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "requirements.txt": "requirements.txt",
    "devcontainer.json": ".devcontainer/devcontainer.json",
    "grade.yml": ".github/workflows/grade.yml",
}
LOCK: Final = "requirements.lock"
_HASHES: Final = re.compile(r"(?: \\\n +--hash=\S+)+")
FIRST_COMMIT: Final = "Begin On Duty"


class Occupied(Problem):
    """The directory holds something already."""


def make_standalone(root: Path, course: Course) -> tuple[Workspace, str | None]:
    """Make a workspace in a new or empty directory; the second value says why it has no first commit, if so."""
    if (root / MARKER).is_dir():
        raise Occupied(f"{root} is a workspace already. `cd` into it and run `onduty`.")
    # An empty repository that was just cloned may be filled.
    if root.exists() and (not root.is_dir() or any(entry.name != ".git" for entry in root.iterdir())):
        raise Occupied(f"{root} is not an empty directory. Name one that does not exist yet: `onduty init DIR`.")
    was_there = root.exists()
    try:
        workspace = _fill(root, course)
    except BaseException:
        with suppress(OSError):
            _empty(root, keep=was_there)
        raise
    return workspace, _commit(root)


def _empty(root: Path, *, keep: bool) -> None:
    """Take out what was made in a directory that held nothing but git's own; without `keep`, the directory as well."""
    for entry in root.iterdir():
        if entry.name == ".git":
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    if not keep:
        root.rmdir()


def _fill(root: Path, course: Course) -> Workspace:
    root.mkdir(parents=True, exist_ok=True)
    for template, place in PLACES.items():
        text = (TEMPLATES / template).read_text("utf-8")
        text = text.replace("{{version}}", version()).replace("{{requirement}}", requirement())
        files.write(root / place, text.encode())
    files.write(root / "constraints.txt", constraints(course).encode())
    return Workspace.make(root, course)


def constraints(course: Course) -> str:
    """The versions that the course's lock holds, as pip takes them with `-c`: there, hashes are not allowed."""
    lock = course.root / LOCK
    pins = _HASHES.sub("", lock.read_text("utf-8")) if lock.is_file() else ""
    return f"# What the course was tested with; requirements.txt reads it.\n{pins}"


def _commit(root: Path) -> str | None:
    try:
        if not (root / ".git").exists():
            git(root, "init", "--quiet", "--initial-branch=main")
        git(root, "add", "--all")
        git(root, *_author(root), "commit", "--quiet", "--no-verify", "--no-gpg-sign", f"--message={FIRST_COMMIT}")
    except GitFailed as failure:
        return str(failure)
    return None


def _author(root: Path) -> list[str]:
    """Settings for a commit by somebody who has not told git their name yet."""
    try:
        git(root, "config", "user.email")
    except GitFailed:
        return ["-c", "user.name=On Duty", "-c", "user.email=onduty@localhost"]
    return []
