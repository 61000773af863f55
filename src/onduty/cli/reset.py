"""`onduty reset`."""

from typing import Annotated

import typer

from onduty.cli.console import say
from onduty.cli.here import chapter_names, find_workspace
from onduty.course import files
from onduty.course.catalog import Course
from onduty.course.workspace import AUTHORS_ONLY


def reset(
    name: Annotated[str, typer.Argument(metavar="N", help="The chapter to begin anew.", autocompletion=chapter_names)],
) -> None:
    """Begin an incident anew; `onduty undo` brings your files back."""
    course = Course.find_course()
    workspace = find_workspace(course)
    chapter = course.find(name)
    yours = workspace.opened(chapter)
    if not files.changes(chapter.starter, yours, AUTHORS_ONLY):
        say(f"{chapter.name} is as you got it already.")
        return
    with workspace.changing(f"onduty reset {chapter.number}", workspace.places(chapter)):
        changed = files.make_like(chapter.starter, yours, AUTHORS_ONLY)
        workspace.set_base(chapter, chapter.starter)
    for word, paths in (("restored", (*changed.added, *changed.changed)), ("removed ", changed.removed)):
        for path in paths:
            say(f"{word}  {chapter.name}/{path}")
    say(f"{chapter.name} is as you got it. `onduty undo` brings your version back.")
