"""What `onduty dev bank` prints."""

import statistics
from collections.abc import Mapping, Sequence

from onduty.authoring.bank import Outcome
from onduty.cli.console import say
from onduty.reports.verdict import Verdict


def show_outcome(outcome: Outcome) -> None:
    """One line an entry; for one that is not as named, what it got instead."""
    seconds = statistics.median(run.seconds for run in outcome.runs)
    agreed = len(outcome.runs) - len(outcome.wrong_runs)
    sign, colour = ("✓", "green") if not outcome.wrong_runs else ("✗", "red")
    say((f"{sign} ", colour), f"{outcome.variant.id}  {agreed}/{len(outcome.runs)}  {seconds:.1f} s")
    for run in outcome.wrong_runs[:3]:
        say(f"    seed {run.seed}: got {_named(run.got)}")
        say(f"    it must be {_named(outcome.variant.fails)}")
        for check in sorted(run.got):
            if run.got[check] != outcome.variant.fails.get(check):
                said = run.told.get(check, "").replace("\n", f"\n{'':8}")
                say(f"      {check}: {said}")


def show_totals(outcomes: Sequence[Outcome]) -> None:
    """The table: false passes, false fails, flakes, seconds."""
    runs = [run for outcome in outcomes for run in outcome.runs]
    seconds = [run.seconds for run in runs]
    say()
    say(f"entries       {len(outcomes)}, {len(runs)} runs")
    say(f"false passes  {sum(outcome.false_passes for outcome in outcomes)}")
    say(f"false fails   {sum(outcome.false_fails for outcome in outcomes)}")
    say(f"flakes        {sum(outcome.is_flake for outcome in outcomes)}")
    if seconds:
        say(f"seconds       {min(seconds):.1f} / {statistics.median(seconds):.1f} / {max(seconds):.1f}")


def _named(verdicts: Mapping[str, Verdict]) -> str:
    return ", ".join(f"{check} {verdict}" for check, verdict in sorted(verdicts.items())) or "nothing but passes"
