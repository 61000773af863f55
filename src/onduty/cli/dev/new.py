"""`onduty dev new`."""

from typing import Annotated

import typer

from onduty.cli.console import say
from onduty.cli.dev.checkout import checkout


def new(
    number: Annotated[int, typer.Argument(metavar="N", min=1, max=99, help="The chapter's number.")],
    chapter_id: Annotated[str, typer.Argument(metavar="ID", help="Its permanent id, such as retry-storm.")],
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Its title, such as “Retry storm”.")],
) -> int:
    """Make the places of a new chapter: a running app, one check, and what is left to write."""
    from onduty.authoring.new import make_chapter

    course = checkout()
    for path in make_chapter(course, number, chapter_id, title):
        say(path.relative_to(course.root).as_posix())
    say("`onduty dev check` lists what is left to write.")
    return 0
