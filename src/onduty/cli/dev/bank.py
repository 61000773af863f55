"""`onduty dev bank`."""

import random
from contextlib import nullcontext
from typing import Annotated

import typer

from onduty.cli.console import say
from onduty.cli.dev.checkout import checkout
from onduty.cli.dev.options import NO_ENTRY, Chapters, Only
from onduty.cli.options import LabName, Seed
from onduty.course.problems import Problem


def bank(
    names: Chapters = None,
    *,
    repeat: Annotated[
        int, typer.Option(metavar="N", min=1, help="Grade every entry so many times, each with another seed.")
    ] = 1,
    stress: Annotated[bool, typer.Option("--stress", help="Keep every core busy meanwhile.")] = False,
    jobs: Annotated[int, typer.Option(metavar="N", min=1, help="Grade so many entries at once.")] = 2,
    resume: Annotated[
        bool, typer.Option("--resume", help="Leave out entries whose recorded result still stands for as many runs.")
    ] = False,
    minutes: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES", min=0.1, help="Begin no entry after so long; the seed says in which order they come."
        ),
    ] = None,
    only: Only = None,
    seed: Seed = None,
    lab: LabName = "embedded",
) -> int:
    """Grade every banked answer: right ones must pass, wrong ones must fail the checks they name, and no others."""
    from onduty.authoring.bank import Outcome, run_bank
    from onduty.authoring.bank_table import show_outcome, show_totals
    from onduty.authoring.results import Results
    from onduty.authoring.stress import busy_cores
    from onduty.authoring.variants import variants_of

    course = checkout()
    bank = [variant for chapter in course.incidents for variant in variants_of(chapter)]
    chapters = {course.find(name).id for name in names or []}
    variants = [variant for variant in bank if not chapters or variant.chapter.id in chapters]
    variants = [variant for variant in variants if not only or any(text in variant.id for text in only)]
    if not variants:
        raise Problem(NO_ENTRY.format(command="bank"))
    results = Results(course.root)
    if resume:
        variants = [variant for variant in variants if not results.stands(variant, runs=repeat, stressed=stress)]
    if minutes is not None:
        random.Random(seed).shuffle(variants)

    def on_outcome(outcome: Outcome) -> None:
        show_outcome(outcome)
        results.add(outcome, stressed=stress)
        results.save(bank)

    with busy_cores() if stress else nullcontext():
        outcomes = run_bank(
            variants, repeat=repeat, jobs=jobs, lab=lab, seed=seed, minutes=minutes, on_outcome=on_outcome
        )
    if len(outcomes) < len(variants):
        left = len(variants) - len(outcomes)
        say(f"{left} of {len(variants)} entries were not graded: the {minutes:g} minutes were over.")
    show_totals(outcomes)
    return int(any(outcome.wrong_runs for outcome in outcomes))
