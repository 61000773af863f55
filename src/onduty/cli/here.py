"""Where the command was called: which course, which workspace, which chapter."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from onduty.cli.console import note
from onduty.course.catalog import Chapter, Course
from onduty.course.problems import Problem
from onduty.course.progress import Light, Progress
from onduty.course.workspace import Workspace


def chapter_names(incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer chapters to the shell's completion: by number, or by id once letters are typed."""
    for chapter in Course.find_course().chapters:
        name = f"{chapter.number:02}" if not incomplete or incomplete.isdecimal() else chapter.id
        if name.startswith(incomplete) or str(chapter.number) == incomplete:
            yield name, chapter.title


ChapterName = Annotated[
    str | None,
    typer.Argument(
        metavar="N",
        help="A chapter: its number, its id, or an unambiguous part of it.",
        show_default=False,
        autocompletion=chapter_names,
    ),
]


def find_workspace(course: Course) -> Workspace:
    """The workspace; tells what is to be told about it."""
    workspace = Workspace.find(course)
    workspace.progress()
    tell_notices(workspace)
    return workspace


def tell_notices(workspace: Workspace) -> None:
    """Pass on what the workspace has to say, once."""
    for notice in workspace.notices:
        note(notice)
    workspace.notices.clear()


def choose(course: Course, workspace: Workspace, name: str | None) -> Chapter:
    """The chapter that was named, else the one whose copy the command was called in, else the one at hand."""
    if name is not None:
        return course.find(name)
    around = workspace.around(course, Path.cwd())
    at_hand = course.by_id(workspace.progress().current or "")
    if around or at_hand:
        return around or at_hand  # type: ignore[return-value]  # one of them is there
    raise Problem("Which chapter? Write its number, or begin one with `onduty start`.")


def at_hand(course: Course, progress: Progress) -> Chapter:
    """The chapter to go on with: the current one until it is drilled, then the next, at the end the whole service."""
    current = course.by_id(progress.current or "")
    candidates = (current, *course.after(current)) if current else course.incidents
    for chapter in candidates:
        if progress.of(chapter.id).drill.light is not Light.LIT:
            return chapter
    return course.service or course.chapters[-1]
