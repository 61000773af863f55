"""Brings changes of the course's starters into the learner's copies, by three-way merge, when asked to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from onduty.course import files
from onduty.course.catalog import Chapter, Course
from onduty.course.merge3 import merge
from onduty.course.workspace import AUTHORS_ONLY, Workspace


class Step(StrEnum):
    """What an upgrade does to one file of the learner, in the words the learner reads."""

    TAKE = "takes the new version"
    ADD = "is new"
    REMOVE = "goes away"
    MERGE = "keeps your changes and takes the new ones"
    CONFLICT = "needs you: both changed the same lines"
    KEEP = "stays as you have it"


@dataclass(frozen=True, slots=True)
class FileUpgrade:
    """One file whose starter has changed since it was handed out."""

    path: str
    step: Step
    content: bytes | None
    """What the file will hold; None where it is removed or left as it is."""


@dataclass(frozen=True, slots=True)
class ChapterUpgrade:
    """One chapter whose starter has changed since it was handed out."""

    chapter: Chapter
    files: tuple[FileUpgrade, ...]


def outdated(course: Course, workspace: Workspace) -> list[ChapterUpgrade]:
    """What has changed in the starters that the learner has copies of, and what an upgrade would do about it."""
    found = []
    for chapter in course.chapters:
        base = workspace.base(chapter)
        if workspace.has(chapter) and base.is_dir():
            paths = files.changes(base, chapter.starter, AUTHORS_ONLY).paths
            if paths:
                yours = workspace.directory(chapter)
                steps = tuple(_step(path, base / path, yours / path, chapter.starter / path) for path in paths)
                found.append(ChapterUpgrade(chapter, steps))
    return found


def apply(workspace: Workspace, upgrades: Sequence[ChapterUpgrade]) -> None:
    """Merge the new starters into the learner's copies; conflicts are marked in the files."""
    directories = [place for upgrade in upgrades for place in workspace.places(upgrade.chapter)]
    with workspace.changing("onduty upgrade", directories):
        for upgrade in upgrades:
            yours = workspace.directory(upgrade.chapter)
            for file in upgrade.files:
                if file.step is Step.REMOVE:
                    files.remove(yours, file.path)
                elif file.step is not Step.KEEP:
                    _put(upgrade.chapter.starter / file.path, yours / file.path, file.content)
            workspace.set_base(upgrade.chapter, upgrade.chapter.starter)


def _step(path: str, base: Path, yours: Path, theirs: Path) -> FileUpgrade:
    """Decide for one file that differs between `base` and `theirs`; any of the three may be absent."""
    old, mine, new = (_content(file) for file in (base, yours, theirs))
    if mine == new or (mine is None and old is not None):
        return FileUpgrade(path, Step.KEEP, None)
    if new is None:
        return FileUpgrade(path, Step.REMOVE if mine == old else Step.KEEP, None)
    if mine is None:
        return FileUpgrade(path, Step.ADD, None)
    if mine == old:
        return FileUpgrade(path, Step.TAKE, None)
    if any(b"\0" in content for content in (old or b"", mine, new)):
        return FileUpgrade(path, Step.KEEP, None)
    merged = merge(old or b"", mine, new, your_name="yours", their_name="the course's new starter")
    return FileUpgrade(path, Step.CONFLICT if merged.conflicts else Step.MERGE, merged.text)


def _content(file: Path) -> bytes | None:
    """A file's bytes; for a link, where it points to; None where there is no file."""
    if file.is_symlink():
        return b"\0" + str(file.readlink()).encode()
    return file.read_bytes() if file.is_file() else None


def _put(starter: Path, yours: Path, content: bytes | None) -> None:
    if content is None:
        files.copy(starter, yours)
    else:
        files.write(yours, content)
