"""`onduty doctor`."""

import json
from typing import Annotated

import typer

from onduty.cli.console import Cell, err, say, show_rows
from onduty.cli.examine.finding import Finding

UNWELL = 3


def doctor(
    *,
    workshop: Annotated[
        bool,
        typer.Option("--workshop", help="Start every chapter once, so that a day without a network needs nothing."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings for a program.")] = False,
) -> int:
    """Look at this machine and your workspace, and say what to do.

    The exit code is 3 when something is missing without which checks cannot run.
    """
    from onduty.cli.examine.everything import EXAMINATIONS

    findings = [examination.examine() for examination in EXAMINATIONS]
    if workshop:
        findings += _make_ready()
    unwell = [finding for finding in findings if finding.needed and not finding.ok]
    if as_json:
        typer.echo(json.dumps([finding.as_data() for finding in findings], indent=1))
        return UNWELL if unwell else 0
    show_rows((_word(finding), finding.id, _text(finding)) for finding in findings)
    say()
    if unwell:
        say((f"{len(unwell)} of these must be put right before checks can run.", "bold"))
        return UNWELL
    say("This machine is ready for a day without a network." if workshop else "Everything the checks need is here.")
    return 0


def _make_ready() -> list[Finding]:
    """Start each chapter's lab in turn; a person is told which one."""
    from onduty.cli.examine.workshop import examinations
    from onduty.course.catalog import Course

    findings = []
    with err().status("") as status:
        for examination in examinations(Course.find_course()):
            status.update(f"making {examination.id} ready")
            findings.append(examination.examine())
    return findings


def _word(finding: Finding) -> Cell:
    if finding.ok:
        return "ok", "green"
    return ("missing", "bold red") if finding.needed else ("note", "yellow")


def _text(finding: Finding) -> str:
    if finding.ok:
        return finding.what
    return f"{finding.what}{'' if finding.what.endswith(('.', '?', '!')) else '.'}\n{finding.do}"
