"""`onduty dev steps`."""

from typing import Annotated

import typer

from onduty.cli.console import say
from onduty.cli.dev.checkout import checkout
from onduty.cli.dev.look import look
from onduty.cli.dev.options import Jobs
from onduty.cli.options import Seed


def steps(
    counts: Annotated[
        list[int] | None, typer.Argument(metavar="K", help="Numbers of steps; every one when left out.")
    ] = None,
    *,
    jobs: Jobs = None,
    seed: Seed = None,
    diffs: Annotated[
        bool, typer.Option("--write-diffs", help="Write the steps' diffs into docs/service/ instead.")
    ] = False,
) -> int:
    """Replay the building of the whole service: after each step exactly its lights shine, and every feature works."""
    from onduty.authoring.step_diffs import write_diffs
    from onduty.authoring.steps import stages
    from onduty.course.steps import build_of

    course = checkout()
    build = build_of(course)
    if diffs:
        for path in write_diffs(build):
            say(path.as_posix())
        return 0
    wanted = counts or list(range(len(build.steps) + 1))
    for count in wanted:
        build.require(count)
    with stages(build, wanted) as services:
        return look(course, services, jobs, seed)
