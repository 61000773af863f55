"""`onduty dev …`: what a course author runs, one small file a command."""

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from onduty.cli.dev.bank import bank
from onduty.cli.dev.bench import bench
from onduty.cli.dev.bench_grade import bench_grade
from onduty.cli.dev.check import check
from onduty.cli.dev.hostile import hostile
from onduty.cli.dev.new import new
from onduty.cli.dev.notebooks import notebooks
from onduty.cli.dev.pages import pages
from onduty.cli.dev.schema import schema
from onduty.cli.dev.steps import steps
from onduty.cli.dev.whole import whole
from onduty.course.problems import CourseError, Problem

if TYPE_CHECKING:
    from typer._click import Context


class ForAuthors(TyperGroup):
    """Tells every mistake in the course's files: here they are the work of whoever is at the keyboard."""

    def invoke(self, ctx: "Context") -> Any:
        """Run the command that is named."""
        try:
            return super().invoke(ctx)
        except CourseError as error:
            raise Problem("\n".join(error.problems)) from error


app = typer.Typer(
    cls=ForAuthors,
    help="For authors: the rules of the course, the verdict bank, new chapters, figures.",
    no_args_is_help=True,
)
for command in (check, bank, steps, whole, new, bench, bench_grade, hostile, pages, schema, notebooks):
    app.command()(command)
