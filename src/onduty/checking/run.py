"""Checks chapters one after the other and puts their results into a report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from onduty.checking.judge import Job, Judge
from onduty.course.catalog import Chapter
from onduty.lab.providers import Provider
from onduty.reports.build import report_of
from onduty.reports.model import ChapterResult, CheckResult, Report


@dataclass(frozen=True)
class Target:
    """A chapter's checks, and the app they are run against."""

    chapter: Chapter
    app: Path
    label: str
    ship: bool = False


class Listener:
    """Whoever wants to show the checks while they run."""

    def chapter_begins(self, target: Target) -> None: ...
    def check_begins(self, check: str) -> None: ...
    def check_ends(self, result: CheckResult) -> None: ...
    def chapter_ends(self, result: ChapterResult) -> None: ...


def check(
    targets: Sequence[Target],
    *,
    seed: int,
    lab: Provider,
    only: tuple[str, ...] = (),
    listener: Listener | None = None,
    on_judge: Callable[[Judge], None] = lambda _: None,
) -> Report:
    """Run the checks of every target; `on_judge` is given each judge before it runs, so that somebody may cancel it."""
    listener = listener or Listener()
    started = datetime.now(UTC)
    results = []
    for target in targets:
        listener.chapter_begins(target)
        judge = Judge(Job(target.chapter, target.app, target.label, seed, lab, only, target.ship))
        on_judge(judge)
        result = judge.run(on_start=listener.check_begins, on_verdict=listener.check_ends)
        listener.chapter_ends(result)
        results.append(result)
    return report_of(results, started=started, seed=seed, lab=lab)
