"""Grades one submission against one chapter: a fresh copy, a cell, the verdict of its judge."""

import hashlib
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from onduty.checking.judge import Cancelled, Job, Judge, chapter_result
from onduty.checking.task import names_in
from onduty.course.catalog import Chapter, Course
from onduty.course.installation import version
from onduty.grading.intake import AGAIN, Taken
from onduty.grading.isolation import Found
from onduty.grading.ledger import key_of
from onduty.grading.memory import Watch
from onduty.grading.model import Policy, RunReport
from onduty.reports.build import report_of
from onduty.reports.model import ChapterResult, CheckResult, Explanation
from onduty.reports.verdict import NOT_THEIRS, Verdict

TRIES: Final = 3
"""So often a judgement is begun when whatever runs it is killed from outside."""


@dataclass(frozen=True)
class Work:
    """One result to be made; all that is needed for it, so that it can be done anywhere."""

    chapter: str
    taken: Taken
    policy: Policy
    course: str
    key: str
    seed: int

    @classmethod
    def of(cls, chapter: Chapter, taken: Taken, policy: Policy, seed_of: Callable[[str], int]) -> "Work":
        """The work that this submission makes, and its key in the ledger."""
        course = course_digest(chapter)
        key = key_of(taken.digest, course, chapter.name, policy)
        return cls(chapter.name, taken, policy, course, key, policy.seed or seed_of(key))


class Worker:
    """Does work on this machine, with the isolation found here; may be used by several threads."""

    def __init__(self, course: Course, found: Found) -> None:
        self._course = course
        self._found = found
        self._running: set[Judge] = set()
        self._cancelled = False
        self._lock = threading.Lock()

    def grade(self, work: Work) -> RunReport:
        """The result. Whatever the submission does, it has every check of the chapter."""
        started, clock = datetime.now(UTC), time.monotonic()
        chapter = self._course.find(work.chapter)
        if course_digest(chapter) != work.course:
            result = _with_other_checks(chapter, work)
        elif problem := work.taken.problem:
            result = _not_read_here(chapter, problem) if work.taken.ours else _refused(chapter, problem)
        else:
            result = self._judged(chapter, work)
        report = report_of([result], started=started, seed=work.seed, lab=work.policy.lab)
        return RunReport(
            key=work.key,
            submission=work.taken.digest,
            chapter=work.chapter,
            course=work.course,
            policy=work.policy,
            isolation=self._found.isolation,
            graded_at=datetime.now(UTC).isoformat(timespec="microseconds"),
            seconds=round(time.monotonic() - clock, 3),
            left_out=list(work.taken.left_out),
            settled=not any(check.verdict in NOT_THEIRS for check in result.checks),
            report=report,
        )

    def cancel(self) -> None:
        """End whatever is being graded; the threads that wait for it get `Cancelled`."""
        with self._lock:
            self._cancelled = True
            for judge in self._running:
                judge.cancel()

    def _judged(self, chapter: Chapter, work: Work) -> ChapterResult:
        with tempfile.TemporaryDirectory(dir=self._found.place) as place:
            Path(place).chmod(0o711)
            app = Path(place) / "app"
            for _ in range(TRIES):
                shutil.rmtree(app, ignore_errors=True)
                work.taken.write(app)
                judge = Judge(self._job(chapter, work, app))
                result = self._run(judge, work)
                if not judge.spoiled:
                    break
            return result

    def _job(self, chapter: Chapter, work: Work, app: Path) -> Job:
        confines = self._found.confines
        return Job(
            chapter,
            app,
            "submission",
            work.seed,
            work.policy.lab,
            ship=work.policy.ship,
            expected=tuple(names_in(chapter.checks)),
            confined=(lambda command: confines(command, app)) if confines else None,
            seconds=work.policy.limits.seconds,
        )

    def _run(self, judge: Judge, work: Work) -> ChapterResult:
        with self._lock:
            if self._cancelled:
                raise Cancelled
            self._running.add(judge)
        try:
            with Watch(judge, work.policy.limits.memory_mb) as watch:
                return watch.told(judge.run())
        finally:
            with self._lock:
                self._running.discard(judge)


@cache
def course_digest(chapter: Chapter) -> str:
    """The course's version, and what its checks for this chapter are made of."""
    digest = hashlib.sha256()
    root = chapter.root
    shared = [file for file in sorted((root / "checks").glob("*.*")) if file.is_file()]
    for file in [root / "chapters" / chapter.name / "chapter.toml", *shared, *sorted(chapter.checks.rglob("*.*"))]:
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(f"{file.relative_to(root)} ".encode() + file.read_bytes())
    return f"{version()}:{digest.hexdigest()[:12]}"


def _refused(chapter: Chapter, problem: str) -> ChapterResult:
    """Every check failed, since there was nothing to run it on."""
    explanation = Explanation(
        done=[],
        expected=f"A directory or an archive with the files of {chapter.name}, its Procfile among them.",
        observed=problem,
        next="Hand in the chapter's directory from your workspace, as a directory, an archive or a commit.",
    )
    return _all_alike(chapter, Verdict.FAILED, explanation)


def _not_read_here(chapter: Chapter, problem: str) -> ChapterResult:
    """No check was run: this machine could not read what was handed in."""
    explanation = Explanation(
        done=[], expected="A machine that can read what was handed in.", observed=problem, next=AGAIN
    )
    return _all_alike(chapter, Verdict.NOT_GRADED, explanation)


def _with_other_checks(chapter: Chapter, work: Work) -> ChapterResult:
    """No check was run: the result would be kept under the name of checks that this machine does not have."""
    explanation = Explanation(
        done=[],
        expected=f"The version of the course that the grading was asked with, {work.course}.",
        observed=f"{platform.node()} has another version of the course for {chapter.name}, {course_digest(chapter)}.",
        next="Install the same version of the course on every machine that grades, then run with --resume.",
    )
    return _all_alike(chapter, Verdict.NOT_GRADED, explanation)


def _all_alike(chapter: Chapter, verdict: Verdict, explanation: Explanation) -> ChapterResult:
    checks = [
        CheckResult(
            id=name,
            task=name.partition("/")[0],
            promise="What was handed in can be graded.",
            verdict=verdict,
            seconds=0.0,
            explanation=explanation,
        )
        for name in names_in(chapter.checks)
    ]
    return chapter_result(chapter, "submission", checks)
