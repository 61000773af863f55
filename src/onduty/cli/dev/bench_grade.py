"""`onduty dev bench-grade`."""

from typing import Annotated

import typer

from onduty.cli.console import say
from onduty.cli.dev.checkout import checkout, keep


def bench_grade(
    *,
    runs: Annotated[int, typer.Option(metavar="N", min=1, help="Grade one submission so many times.")] = 5,
    right: Annotated[int, typer.Option(metavar="N", min=0, help="Right answers in the cohort.")] = 40,
    wrong: Annotated[int, typer.Option(metavar="N", min=0, help="Wrong answers in it.")] = 14,
    hostile: Annotated[int, typer.Option(metavar="N", min=0, help="Attacks in it.")] = 6,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures for the site.")] = False,
) -> int:
    """Measure grading: one submission, its sandbox, a cohort on both engines, the memory of a job."""
    from onduty.authoring.bench_grading import Cohort, figures
    from onduty.authoring.figures import grading_page

    course = checkout()
    found = []
    for figure in figures(course, runs, Cohort(right, wrong, hostile)):
        say(str(figure))
        found.append(figure)
    if write:
        keep(course, "grading.md", grading_page(found, runs))
    return 0
