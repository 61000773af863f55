"""`onduty doctor`."""

import json
from typing import Annotated

import typer

from onduty.cli.console import Cell, say, show_rows
from onduty.cli.examine.finding import Finding

UNWELL = 3


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings for a program.")] = False,
) -> int:
    """Look at this machine and your workspace, and say what to do.

    The exit code is 3 when something is missing without which checks cannot run.
    """
    from onduty.cli.examine.everything import EXAMINATIONS

    findings = [examination.examine() for examination in EXAMINATIONS]
    unwell = [finding for finding in findings if finding.needed and not finding.ok]
    if as_json:
        typer.echo(json.dumps([finding.as_data() for finding in findings], indent=1))
        return UNWELL if unwell else 0
    show_rows((_word(finding), finding.id, _text(finding)) for finding in findings)
    say()
    if unwell:
        say((f"{len(unwell)} of these must be put right before checks can run.", "bold"))
        return UNWELL
    say("Everything the checks need is here.")
    return 0


def _word(finding: Finding) -> Cell:
    if finding.ok:
        return "ok", "green"
    return ("missing", "bold red") if finding.needed else ("note", "yellow")


def _text(finding: Finding) -> str:
    if finding.ok:
        return finding.what
    return f"{finding.what}{'' if finding.what.endswith(('.', '?', '!')) else '.'}\n{finding.do}"
