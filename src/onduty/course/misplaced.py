"""Edits made in `chapters/`, the course's own files, by a learner who took them for the workspace."""

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from onduty.course import files
from onduty.course.catalog import OVERRIDE, Chapter, Course
from onduty.course.git import GitFailed, git
from onduty.course.merge3 import merge
from onduty.course.workspace import AUTHORS_ONLY, Workspace


@dataclass(frozen=True, slots=True)
class Misplaced:
    """One chapter of the course that was edited, and how it was committed."""

    chapter: Chapter
    paths: tuple[str, ...]
    committed: Path


@contextmanager
def misplaced_edits(course: Course) -> Iterator[list[Misplaced]]:
    """The chapters that differ from the checkout's last commit; none where git cannot tell, or an author is at work."""
    with tempfile.TemporaryDirectory(prefix="onduty-") as committed:
        names = _edited(course) if _may_be_edited(course) else set()
        found = []
        for chapter in (chapter for chapter in course.chapters if chapter.name in names):
            _unpack(course, chapter, Path(committed))
            original = Path(committed, "chapters", chapter.name)
            paths = files.changes(original, chapter.starter, AUTHORS_ONLY).paths
            # A chapter that no commit holds is an author's new one.
            if paths and original.is_dir():
                found.append(Misplaced(chapter, paths, original))
        yield found


def move(workspace: Workspace, edits: list[Misplaced]) -> dict[str, int]:
    """Carry the edits over into the workspace and give the course its own files back; counts conflicts by path."""
    conflicts: dict[str, int] = {}
    places = [place for edit in edits for place in workspace.places(edit.chapter)]
    course = [os.path.relpath(edit.chapter.starter, workspace.root) for edit in edits]
    with workspace.changing("onduty moved your edits out of chapters/", [*places, *course]):
        for edit in edits:
            workspace.hand_out(edit.chapter, edit.committed)
            yours = workspace.directory(edit.chapter)
            for path in edit.paths:
                left = _carry_over(edit.committed / path, yours / path, edit.chapter.starter / path)
                if left:
                    conflicts[f"{edit.chapter.name}/{path}"] = left
            if not files.changes(workspace.base(edit.chapter), edit.chapter.starter, AUTHORS_ONLY):
                # It was handed out after it had been edited.
                workspace.set_base(edit.chapter, edit.committed)
            files.make_like(edit.committed, edit.chapter.starter, AUTHORS_ONLY)
    return conflicts


def _carry_over(committed: Path, yours: Path, edited: Path) -> int:
    old, mine, new = (file.read_bytes() if file.is_file() else b"" for file in (committed, yours, edited))
    if not edited.exists():
        if mine == old:
            yours.unlink(missing_ok=True)
        return 0
    if mine == old or not yours.exists():
        files.copy(edited, yours)
        return 0
    merged = merge(old, mine, new, your_name="your workspace", their_name="your edit in chapters/")
    files.write(yours, merged.text)
    return merged.conflicts


def _may_be_edited(course: Course) -> bool:
    return course.is_checkout and OVERRIDE not in os.environ and (course.root / ".git").exists()


def _edited(course: Course) -> set[str]:
    """The names of the chapters in which git sees something that is not committed."""
    try:
        status = git(course.root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "chapters")
    except GitFailed:
        return set()
    paths = [entry[3:] for entry in status.decode(errors="replace").split("\0") if entry]
    return {parts[1] for path in paths if len(parts := path.split("/")) > 2}


def _unpack(course: Course, chapter: Chapter, target: Path) -> None:
    """Put the chapter as it was committed below `target`; nothing where no commit holds it."""
    try:
        archive = git(course.root, "archive", "--format=tar", "HEAD", f"chapters/{chapter.name}")
    except GitFailed:
        return
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        # Python 3.11 has the filter from 3.11.4 on; the archive is the learner's own.
        tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        tar.extractall(target)  # noqa: S202
