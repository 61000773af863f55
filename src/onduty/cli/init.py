"""`onduty init`."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from onduty.cli.console import note, say, short


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A directory that does not exist yet, or is empty.")],
) -> None:
    """Make a workspace of your own, away from the course's files.

    It is a git repository that you can push, and it says how to install this version of the course.
    """
    from onduty.course.catalog import Course
    from onduty.course.standalone import make_standalone

    directory = directory.absolute()
    _, no_commit = make_standalone(directory, Course.find_course())
    say("Your workspace is ready: ", (short(directory), "bold"))
    if no_commit:
        note(f"It has no first commit ({no_commit}). Commit it yourself once that is mended.")
    say(f"Next: cd {quote(short(directory))} && onduty")
