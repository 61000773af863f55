"""Looks at the lights of a whole service that is known: are exactly those lit that should be?"""

import os
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onduty.authoring.judges import Judges
from onduty.checking.judge import Cancelled, Job, Judge
from onduty.course.catalog import Chapter, Course
from onduty.course.problems import CourseError
from onduty.reports.model import CheckResult
from onduty.reports.verdict import Verdict

DARK: Final = frozenset({Verdict.FAILED, Verdict.CRASHED, Verdict.TIMED_OUT})


@dataclass(frozen=True)
class Known:
    """A service, and the names of the chapters whose lights are on in it."""

    name: str
    app: Path
    lit: Collection[str]


@dataclass(frozen=True)
class Look:
    """One light: whether it should be on, and the check that put it out, if one did."""

    chapter: Chapter
    wanted_lit: bool
    stopped_by: CheckResult | None

    @property
    def is_right(self) -> bool:
        if self.stopped_by is None:
            return self.wanted_lit
        return not self.wanted_lit and self.stopped_by.verdict in DARK

    @property
    def told(self) -> str:
        if self.stopped_by is None:
            return f"{self.chapter.name} shines, and should not."
        explanation = self.stopped_by.explanation
        observed = explanation.observed if explanation else "no explanation"
        return f"{self.stopped_by.id} {self.stopped_by.verdict}: {observed}"


@dataclass(frozen=True)
class Seen:
    """Every look at one service: the behaviour suite first, then the lights."""

    service: Known
    looks: tuple[Look, ...]

    @property
    def wrong(self) -> list[Look]:
        return [look for look in self.looks if not look.is_right]

    @property
    def drawn(self) -> str:
        return "".join("·" if look.stopped_by else "●" for look in self.looks[1:])


def look_at(
    course: Course, services: Iterable[Known], *, jobs: int, seed: int, on_seen: Callable[[Seen], None]
) -> list[Seen]:
    """Look at every light of each service, `jobs` lights at once."""
    if course.service is None:
        raise CourseError(["chapters/32-on-duty, the whole service, is missing"])
    chapters = (course.service, *course.incidents)
    with ThreadPoolExecutor(jobs) as pool, Judges() as judges:
        looking = [
            (known, [pool.submit(_look, judges, chapter, known, seed, course.service) for chapter in chapters])
            for known in services
        ]
        seen = []
        for known, looks in looking:
            seen.append(Seen(known, tuple(each.result() for each in looks)))
            on_seen(seen[-1])
    return seen


def side_by_side() -> int:
    """Much of a look is waiting, so one more of them than processors."""
    return (os.cpu_count() or 1) + 1


def _look(judges: Judges, chapter: Chapter, known: Known, seed: int, service: Chapter) -> Look:
    """Run a chapter's checks until the first that does not pass: one is enough to put a light out."""
    judge = Judge(Job(chapter, known.app, known.name, seed, "embedded", (), chapter is not service))
    stopped_by: list[CheckResult] = []

    def stop(result: CheckResult) -> None:
        if result.verdict is not Verdict.PASSED and not stopped_by:
            stopped_by.append(result)
            judge.cancel()

    try:
        judges.run(judge, on_verdict=stop)
    except Cancelled:
        if not stopped_by:
            raise
    wanted_lit = chapter is service or chapter.name in known.lit
    return Look(chapter, wanted_lit, stopped_by[0] if stopped_by else None)
