"""The course and the learner's workspace."""

import tempfile
from typing import Final

from onduty.cli.console import short
from onduty.cli.examine.finding import Examination, readable
from onduty.course.catalog import Course
from onduty.course.installation import version
from onduty.course.misplaced import misplaced_edits
from onduty.course.progress import Light
from onduty.course.upgrade import outdated
from onduty.course.workspace import NoWorkspace, Workspace

ROOM: Final = 1 << 20
"""Bytes; what one command keeps is less."""


def course() -> tuple[bool, str]:
    """Whether every chapter can be read."""
    found = Course.find_course()
    return True, f"onduty {version()}, {len(found.chapters)} chapters in {short(found.root)}"


def workspace() -> tuple[bool, str]:
    """Where the learner's copies are, and whether their state can be read."""
    try:
        here = Course.find_course()
        found = Workspace.find(here)
    except NoWorkspace:
        return False, "there is none here yet"
    progress = found.progress()
    drilled = sum(progress.of(chapter.id).drill.light is Light.LIT for chapter in here.incidents)
    shipped = sum(progress.of(chapter.id).ship.light is Light.LIT for chapter in here.incidents)
    kept = f"{len(found.snapshots.all())} ({readable(found.snapshots.size())})"
    what = f"{short(found.root)}; {drilled} drilled, {shipped} shipped; snapshots: {kept}"
    return not found.notices, " ".join([what, *found.notices])


def keeping() -> tuple[bool, str]:
    """Whether what the learner does can be kept: the directory may be read-only, and the disk full."""
    try:
        found = Workspace.find(Course.find_course())
    except NoWorkspace:
        return True, "no workspace yet"
    try:
        with tempfile.TemporaryFile(dir=found.meta) as file:
            file.write(bytes(ROOM))
    except OSError as error:
        return False, f"{short(found.meta)}: {error.strerror}"
    return True, f"{readable(ROOM)} could be written to {short(found.meta)}"


def starters() -> tuple[bool, str]:
    """Whether the copies come from the starters as they are now."""
    here = Course.find_course()
    try:
        names = [found.chapter.name for found in outdated(here, Workspace.find(here))]
    except NoWorkspace:
        return True, "no copies yet"
    return not names, f"changed since you began: {', '.join(names)}" if names else "your copies are of the current ones"


def chapters() -> tuple[bool, str]:
    """Whether the course's own files were edited."""
    with misplaced_edits(Course.find_course()) as edits:
        names = ", ".join(short(edit.chapter.starter) for edit in edits)
    return not names, f"edited: {names}" if names else "the course's own files are as they came"


EXAMINATIONS: Final = (
    Examination(
        "course",
        "the course's files",
        "Install the course again, or restore its files with git.",
        needed=True,
        look=course,
    ),
    Examination(
        "workspace",
        "your copies, what you have solved, and snapshots",
        "Run `onduty` in the course's checkout, or `onduty init DIR` anywhere.",
        needed=False,
        look=workspace,
    ),
    Examination(
        "keeping",
        "room and permission to keep what you do",
        "Free some space there, or let yourself write: until then no light, hint or snapshot is kept.",
        needed=False,
        look=keeping,
    ),
    Examination(
        "starters",
        "whether your copies come from the current starters",
        "`onduty upgrade` shows what is new and merges it when you say so.",
        needed=False,
        look=starters,
    ),
    Examination(
        "chapters",
        "edits in chapters/, where they are not checked",
        "Run `onduty` in a terminal: it offers to move them into your workspace.",
        needed=False,
        look=chapters,
    ),
)
