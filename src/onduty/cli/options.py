"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from onduty.checking.seeds import LARGEST_SEED
from onduty.lab.providers import Provider

Seed = Annotated[
    int | None,
    typer.Option(
        metavar="SEED", min=1, max=LARGEST_SEED, help="Use the rows, names and numbers of an earlier run again."
    ),
]
LabName = Annotated[
    Provider,
    typer.Option(
        "--lab",
        help="Where the servers come from: this machine's programs, Docker images, or ONDUTY_POSTGRES_URL and "
        "ONDUTY_REDIS_URL.",
    ),
]
JsonFile = Annotated[
    str | None, typer.Option("--json", metavar="FILE|-", help="Write the report as JSON; - is standard output.")
]
JunitFile = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write the report as JUnit XML.")]
Full = Annotated[bool, typer.Option("--full", help="Explain every failure, not only the first.")]
RenderTo = Annotated[
    list[str] | None,
    typer.Option(
        "--render",
        metavar="FORM=FILE",
        help="Write the report as html, junit, json, csv, github (a job's summary), gradescope, classroom50 or "
        "autograding; may be repeated. {learner} in FILE is their id.",
    ),
]
