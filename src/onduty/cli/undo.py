"""`onduty undo`."""

from typing import Annotated

import typer

from onduty.cli.console import say, show_rows
from onduty.cli.here import find_workspace
from onduty.course.catalog import Course
from onduty.course.workspace import MARKER, Workspace


def undo(
    number: Annotated[int | None, typer.Argument(metavar="K", help="A snapshot's number; else the newest.")] = None,
    *,
    listed: Annotated[bool, typer.Option("--list", help="Show the snapshots there are.")] = False,
) -> None:
    """Put your files back as they were before a command overwrote them.

    What was there until now is kept as well: the next `onduty undo` brings it back.
    """
    workspace = find_workspace(Course.find_course())
    if listed:
        _list(workspace)
        return
    snapshot, changed = workspace.undo(number)
    told = 0
    for directory, changes in changed.items():
        if directory.startswith(MARKER):
            continue
        for word, paths in (("restored", (*changes.added, *changes.changed)), ("removed ", changes.removed)):
            for path in paths:
                say(f"{word}  {directory}/{path}")
                told += 1
    moment = f"as they were before `{snapshot.before}`, {snapshot.local_time}"
    say(f"Your files are {moment}. `onduty undo` reverses this." if told else f"Your files are {moment}, already.")


def _list(workspace: Workspace) -> None:
    snapshots = workspace.snapshots.all()
    show_rows((str(each.number), each.local_time, f"before `{each.before}`") for each in snapshots)
    if not snapshots:
        say("There are none: no command has overwritten a file of yours.")
