"""Runs the verdict bank: does every banked answer get the verdict it names, every time?"""

import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from onduty.authoring.fingerprint import fingerprint
from onduty.authoring.judges import Judges
from onduty.authoring.variants import Variant
from onduty.checking.judge import Job, Judge
from onduty.checking.seeds import LARGEST_SEED
from onduty.checking.task import names_in
from onduty.lab.providers import Provider
from onduty.reports.model import ChapterResult
from onduty.reports.verdict import Verdict

EVIDENCE_LINES = 5


@dataclass(frozen=True)
class Run:
    """One grading of one variant."""

    seed: int
    seconds: float
    got: dict[str, Verdict]
    told: Mapping[str, str] = field(default_factory=dict)
    """What the learner is told of each check in `got`."""

    def agrees_with(self, variant: Variant) -> bool:
        return self.got == dict(variant.fails)


@dataclass(frozen=True)
class Outcome:
    """Every run of one variant."""

    variant: Variant
    fingerprint: str
    runs: tuple[Run, ...]

    @property
    def wrong_runs(self) -> list[Run]:
        return [run for run in self.runs if not run.agrees_with(self.variant)]

    @property
    def is_flake(self) -> bool:
        """Some runs said one thing, some another."""
        return len({tuple(sorted(run.got.items())) for run in self.runs}) > 1

    @property
    def false_passes(self) -> int:
        """Runs in which a check that had to trip did not."""
        return sum(bool(set(self.variant.fails) - set(run.got)) for run in self.runs)

    @property
    def false_fails(self) -> int:
        """Runs in which a check tripped, or gave another verdict, that had no reason to."""
        return sum(
            any(self.variant.fails.get(check) != verdict for check, verdict in run.got.items()) for run in self.runs
        )


def run_bank(
    variants: Iterable[Variant],
    *,
    repeat: int,
    jobs: int,
    lab: Provider = "embedded",
    seed: int | None = None,
    minutes: float | None = None,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Grade every variant `repeat` times, `jobs` at once, each run with a seed of its own; `seed` is each one's first.

    After so many `minutes` no further one is begun.
    """
    end = None if minutes is None else time.monotonic() + 60 * minutes
    drawn = random.Random(seed)
    plan = [(variant, _seeds(seed, drawn, repeat)) for variant in variants]

    def work(entry: tuple[Variant, list[int]]) -> Outcome | None:
        if end is not None and time.monotonic() > end:
            return None
        variant, own_seeds = entry
        runs = tuple(_run(judges, variant, own, lab) for own in own_seeds)
        return Outcome(variant, fingerprint(variant), runs)

    outcomes = []
    with ThreadPoolExecutor(max_workers=jobs) as pool, Judges() as judges:
        for outcome in pool.map(work, plan):
            if outcome is not None:
                on_outcome(outcome)
                outcomes.append(outcome)
    return outcomes


def _seeds(first: int | None, drawn: random.Random, count: int) -> list[int]:
    seeds = [drawn.randint(1, LARGEST_SEED) for _ in range(count)]
    return seeds if first is None else [first, *seeds[1:]]


def _run(judges: Judges, variant: Variant, seed: int, lab: Provider) -> Run:
    with tempfile.TemporaryDirectory(prefix="onduty-variant-") as place:
        app = variant.assemble(Path(place) / variant.chapter.name)
        started = time.monotonic()
        result = judges.run(Judge(Job(variant.chapter, app, variant.id, seed, lab)))
        return Run(seed, round(time.monotonic() - started, 2), failures(result), told(result))


def failures(result: ChapterResult) -> dict[str, Verdict]:
    return {check.id: check.verdict for check in result.checks if check.verdict is not Verdict.PASSED}


def told(result: ChapterResult) -> dict[str, str]:
    """What was observed, and the last lines of the evidence."""
    explained = {check.id: check.explanation for check in result.checks if check.explanation}
    return {check: "\n".join([told.observed, *told.evidence[-EVIDENCE_LINES:]]) for check, told in explained.items()}


def unknown_checks(variant: Variant) -> Iterator[str]:
    """Names under [fails] that no check has."""
    known = set(names_in(variant.chapter.checks))
    yield from sorted(set(variant.fails) - known)
