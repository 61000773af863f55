"""`onduty dev schema`."""

from pathlib import Path
from typing import Annotated

import typer

from onduty.cli.rendering import writing


def schema(
    *,
    results: Annotated[bool, typer.Option("--results", help="That of `onduty grade --render json`.")] = False,
    target: Annotated[Path | None, typer.Option("--write", metavar="FILE", help="Write it there instead.")] = None,
) -> int:
    """Print the JSON Schema of the report, or of a ledger's results."""
    from onduty.grading.results_schema import results_schema
    from onduty.reports.schema import report_schema

    text = results_schema() if results else report_schema()
    if target is None:
        typer.echo(text, nl=False)
    else:
        with writing(target):
            target.write_text(text, encoding="utf-8")
    return 0
