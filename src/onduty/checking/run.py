"""Checks chapters side by side, tells of them one after the other, and puts their results into a report."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from onduty.checking.judge import Job, Judge
from onduty.course.catalog import Chapter
from onduty.lab.providers import Provider
from onduty.reports.build import report_of
from onduty.reports.model import ChapterResult, CheckResult, Report

SIDE_BY_SIDE: Final = min(2, os.cpu_count() or 1)
"""Much of a check is waiting; two at once leave neither of them short of the processor, also on two cores."""


@dataclass(frozen=True)
class Target:
    """A chapter's checks, and the app they are run against."""

    chapter: Chapter
    app: Path
    label: str
    ship: bool = False
    against: str = ""
    """The options that name the app; none where it is the learner's own."""


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
    confine: Callable[[Job], Job] = lambda job: job,
) -> Report:
    """Run the checks of every target; `on_judge` is given each judge before it runs, so that somebody may cancel it.

    `confine` may put each job behind a boundary; then its checks are told when all of them are over.
    """
    listener = listener or Listener()
    started = datetime.now(UTC)
    jobs = [Job(each.chapter, each.app, each.label, seed, lab, only, each.ship, each.against) for each in targets]
    judges = [Judge(confine(job)) for job in jobs]
    results = []
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        try:
            for judge in judges:
                on_judge(judge)
            for target, running in zip(targets, [_Running(judge, pool) for judge in judges], strict=True):
                listener.chapter_begins(target)
                result = running.tell(listener)
                listener.chapter_ends(result)
                results.append(result)
        except BaseException:
            for judge in judges:
                judge.cancel()
            raise
    return report_of(results, started=started, seed=seed, lab=lab)


class _Running:
    """A judge at work in a thread; what it says waits until it is this chapter's turn to be told."""

    def __init__(self, judge: Judge, pool: ThreadPoolExecutor) -> None:
        self._said: SimpleQueue[str | CheckResult | None] = SimpleQueue()
        self._end = pool.submit(self._run, judge)

    def tell(self, listener: Listener) -> ChapterResult:
        while (news := self._said.get()) is not None:
            if isinstance(news, str):
                listener.check_begins(news)
            else:
                listener.check_ends(news)
        return self._end.result()

    def _run(self, judge: Judge) -> ChapterResult:
        try:
            return judge.run(on_start=self._said.put, on_verdict=self._said.put)
        finally:
            self._said.put(None)
