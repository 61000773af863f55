"""Runs a chapter's checks in a process of its own and gathers the verdicts."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onduty.checking.wire import Broken, Judged, Planned, Started, receive
from onduty.course.catalog import Chapter, Task
from onduty.lab.providers import Provider
from onduty.reports.model import ChapterResult, CheckResult, Explanation, TaskResult
from onduty.reports.verdict import Verdict

_SETTINGS: Final = Path(__file__).with_name("judge.ini")
GIVE_UP_AFTER = 10.0
"""Seconds an interrupted judge has to tidy up; its guardian does the rest."""


@dataclass(frozen=True)
class Job:
    """Which checks to run against which app."""

    chapter: Chapter
    app: Path
    label: str
    """How the report calls the app: `yours`, `starter`, `solution`, or its directory."""
    seed: int
    lab: Provider = "embedded"
    only: tuple[str, ...] = ()
    ship: bool = False


class Cancelled(Exception):
    """The run was ended before it was over; what it had found is out of date."""


class Judge:
    """One run of one job; `cancel` ends it from another thread."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._process: subprocess.Popen[bytes] | None = None
        self.cancelled = False

    def run(
        self,
        *,
        on_start: Callable[[str], None] = lambda _: None,
        on_verdict: Callable[[CheckResult], None] = lambda _: None,
    ) -> ChapterResult:
        planned: list[str] = []
        results: dict[str, CheckResult] = {}
        broken: str | None = None
        with tempfile.TemporaryFile() as output:
            for line in self._messages(output.fileno()):
                match receive(line):
                    case Planned(checks=checks):
                        planned = checks
                    case Started(check=check):
                        on_start(check)
                    case Judged(result=result) if result.id in planned and result.id not in results:
                        results[result.id] = result
                        on_verdict(result)
                    case Judged(result=result):
                        broken = f"{result.id} was judged twice, or was not planned"
                    case Broken(reason=reason):
                        broken = reason
            if self.cancelled:
                raise Cancelled
            output.seek(0)
            said = output.read().decode(errors="replace")
        missing = [check for check in planned if check not in results]
        if not planned or missing or broken:
            for check in missing or ["judge"]:
                results[check] = _our_fault(check, broken or "the judge ended before its verdict", said)
                on_verdict(results[check])
        return _chapter_result(self._job, list(results.values()))

    def cancel(self) -> None:
        self.cancelled = True
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def _messages(self, output: int) -> Iterator[bytes]:
        if self.cancelled:
            return
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            self._command(writing),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[writing],
            env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            start_new_session=True,
        )
        os.close(writing)
        if self.cancelled:  # while there was no process to tell
            self._process.send_signal(signal.SIGINT)
        try:
            with os.fdopen(reading, "rb") as messages:
                yield from messages
            self._process.wait(GIVE_UP_AFTER)
        finally:
            self._end()

    def _end(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(GIVE_UP_AFTER)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _command(self, descriptor: int) -> list[str]:
        job = self._job
        return [
            sys.executable, "-P", "-m", "pytest", "-q",
            "-c", str(_SETTINGS), "--rootdir", str(job.chapter.checks.parent),
            "-p", "onduty.checking.plugin", str(job.chapter.checks),
            "--app", str(job.app), "--seed", str(job.seed), "--lab", job.lab, "--report-to", str(descriptor),
            *(["--ship"] if job.ship else []),
            *(argument for check in job.only for argument in ("--check", check)),
        ]  # fmt: skip


def _chapter_result(job: Job, checks: list[CheckResult]) -> ChapterResult:
    return ChapterResult(
        id=job.chapter.id,
        number=job.chapter.number,
        title=job.chapter.title,
        app=job.label,
        verdict=Verdict.worst(check.verdict for check in checks),
        seconds=round(sum(check.seconds for check in checks), 3),
        tasks=[_task_result(task, checks) for task in job.chapter.tasks],
        checks=checks,
    )


def _task_result(task: Task, checks: list[CheckResult]) -> TaskResult:
    """A task's points are shared equally by its checks."""
    verdicts = [check.verdict for check in checks if check.task == task.id]
    passed = verdicts.count(Verdict.PASSED)
    earned = task.points * passed / len(verdicts) if verdicts else 0.0
    return TaskResult(id=task.id, title=task.title, points=task.points, earned=round(earned, 2))


def _our_fault(check: str, reason: str, said: str) -> CheckResult:
    return CheckResult(
        id=check,
        task=check.partition("/")[0],
        promise="The course judges your service.",
        verdict=Verdict.GRADER_ERROR,
        seconds=0.0,
        explanation=Explanation(
            done=[],
            expected="Every check reports once.",
            observed=f"{reason[:1].upper()}{reason[1:]}.",
            evidence=said.splitlines()[-30:],
            next="This is our fault, not yours. Please open an issue with these lines.",
        ),
    )
