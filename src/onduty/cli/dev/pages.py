"""`onduty dev pages`."""

from typing import Annotated

import typer

from onduty.cli.console import say
from onduty.cli.dev.checkout import checkout
from onduty.cli.dev.options import Chapters


def pages(
    names: Chapters = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; say what is not up to date.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Record the runs again, even if nothing changed.")] = False,
) -> int:
    """Write the generated pages of the site; what has changed since its runs were recorded is recorded again first.

    N limits the recording; every page is written. With --check, the exit code is 1 if anything is out of date.
    """
    from onduty.authoring.pages import writing

    course = checkout()
    if check:
        stale = list(writing.stale(course))
        for sentence in stale:
            say(sentence)
        say("Run `onduty dev pages`." if stale else "Every generated page is up to date.")
        return int(bool(stale))
    numbers = [course.find(name).number for name in names or []]
    for line in (*writing.record(course, again=record, numbers=numbers), *writing.write(course)):
        say(line)
    return 0
