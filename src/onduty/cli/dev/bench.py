"""`onduty dev bench`."""

import os
from typing import Annotated

import typer

from onduty.cli.console import note, say
from onduty.cli.dev.checkout import checkout, keep
from onduty.cli.dev.options import Chapters
from onduty.course.catalog import Course
from onduty.course.problems import Problem


def bench(
    names: Chapters = None,
    *,
    runs: Annotated[int, typer.Option(metavar="N", min=1, help="Measure so many times.")] = 5,
    profile: Annotated[
        bool, typer.Option("--profile", help="Of the whole service: tell whose the solution's processor time is.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures for the site.")] = False,
) -> int:
    """Measure time to feedback: minimum, median and maximum over the runs.

    `onduty dev bench service` measures the whole service instead: its starter and its solution under the same load.
    """
    from onduty.authoring import bench as measure
    from onduty.authoring.figures import page

    course = checkout()
    if names == ["service"]:
        return _service(course, profile=profile, write=write)
    if profile:
        raise Problem("--profile is for the whole service: `onduty dev bench service --profile`.")
    chapters = [course.find(name) for name in names or []] or list(course.incidents)
    figures = []
    for figure in measure.all_figures(course, chapters, runs):
        say(str(figure))
        figures.append(figure)
    if write:
        keep(course, "feedback.md", page(figures, runs))
    return 0


def _service(course: Course, *, profile: bool, write: bool) -> int:
    from onduty.authoring.figures import service_page
    from onduty.authoring.service_bench import each, tables

    if course.service is None:
        raise Problem("There is no whole service here to measure.")
    if write and not profile:
        raise Problem("The site shows the profile too: `onduty dev bench service --profile --write`.")
    busy = os.getloadavg()[0]
    measured = []
    for one in each(course.service, profile=profile):
        note(f"{one.name}: {one.per_second:.0f} requests a second")
        measured.append(one)
    say(tables(measured))
    if write:
        keep(course, "service.md", service_page(tables(measured), busy))
    return 0
