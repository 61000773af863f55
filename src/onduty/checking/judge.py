"""Runs a chapter's checks in a process of its own and gathers the verdicts."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from onduty.checking.wire import Broken, Finished, Judged, Message, Planned, Started, receive
from onduty.course.catalog import Chapter, Task
from onduty.lab.providers import Provider
from onduty.reports.model import ChapterResult, CheckResult, Explanation, TaskResult
from onduty.reports.verdict import Verdict

_SETTINGS: Final = Path(__file__).with_name("judge.ini")
GIVE_UP_AFTER = 10.0
"""Seconds an interrupted judge has to tidy up; its guardian does the rest."""
LONGEST_TALE = 1_000_000
"""Bytes that are read of what a broken judge printed."""


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
    against: str = ""
    """The options with which `onduty` checks the same app again, such as `--starter`."""
    expected: tuple[str, ...] = ()
    """The checks that must report, where the judge's own word for it is not enough."""
    confined: Callable[[Sequence[str]], Sequence[str]] | None = None
    """Turns the judge's command into one that runs it where it can reach nothing."""
    seconds: float | None = None
    """The wall clock; what has not reported by then has timed out."""


class Cancelled(Exception):
    """The run was ended before it was over; what it had found is out of date."""


class Judge:
    """One run of one job; `cancel` ends it from another thread."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._process: subprocess.Popen[bytes] | None = None
        self.cancelled = False
        self.expired = False
        self.spoiled = False
        """Whether the judge ended before its time."""

    def run(
        self,
        *,
        on_start: Callable[[str], None] = lambda _: None,
        on_verdict: Callable[[CheckResult], None] = lambda _: None,
    ) -> ChapterResult:
        planned = list(self._job.expected)
        results: dict[str, CheckResult] = {}
        broken: str | None = None
        finished = False
        with tempfile.TemporaryFile() as output:
            for message in self._messages(output.fileno()):
                match message:
                    case Planned(checks=checks) if not self._job.expected:
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
                    case Finished():
                        finished = True
            if self.cancelled:
                raise Cancelled
            output.seek(0)
            said = output.read(LONGEST_TALE).decode(errors="replace")
        self.spoiled = not finished and not self.expired
        missing = [check for check in planned if check not in results]
        for check in missing or ([] if planned and not broken else ["judge"]):
            results[check] = (
                _out_of_time(check, self._job)
                if self.expired
                else _our_fault(check, broken or "the judge ended before its verdict", said)
            )
            on_verdict(results[check])
        return chapter_result(self._job.chapter, self._job.label, list(results.values()))

    def cancel(self) -> None:
        self.cancelled = True
        if self._process is not None and self._process.poll() is None:
            if self._job.confined is not None:
                self._destroy()
            else:
                self._process.send_signal(signal.SIGINT)

    @property
    def pid(self) -> int | None:
        """The process that is being waited for."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def _messages(self, output: int) -> Iterator[Message]:
        """What the judge says; where it is confined, not before its confinement is gone with all that was in it."""
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
        if self.cancelled:
            self._end()
        clock = threading.Timer(self._job.seconds or 0, self._expire)
        if self._job.seconds is not None:
            clock.start()
        try:
            with os.fdopen(reading, "rb") as messages:
                if self._job.confined is None:
                    yield from receive(messages)
                    self._process.wait(GIVE_UP_AFTER)
                else:
                    said = list(_until_finished(receive(messages)))
                    self._destroy()
                    yield from said
        finally:
            clock.cancel()
            self._end()

    def _expire(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.expired = True
            self._destroy()

    def _destroy(self) -> None:
        """End a confined judge with everything around it: its keeper ends when nobody is left inside."""
        if self._process is None:
            return
        try:
            for first in psutil.Process(self._process.pid).children():
                first.kill()
            self._process.wait(GIVE_UP_AFTER)
        except (psutil.NoSuchProcess, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    def _end(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        if self._job.confined is not None:
            self._destroy()
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(GIVE_UP_AFTER)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _command(self, descriptor: int) -> list[str]:
        job = self._job
        command = [
            sys.executable, "-P", "-m", "pytest", "-q",
            "-c", str(_SETTINGS), "--rootdir", str(job.chapter.checks.parent),
            "-p", "onduty.checking.plugin", str(job.chapter.checks),
            "--app", str(job.app), "--seed", str(job.seed), "--lab", job.lab, "--report-to", str(descriptor),
            f"--against={job.against}",
            *(["--ship"] if job.ship else []),
            *(argument for check in job.only for argument in ("--check", check)),
        ]  # fmt: skip
        return list(job.confined(command)) if job.confined else command


def _until_finished(messages: Iterator[Message]) -> Iterator[Message]:
    for message in messages:
        yield message
        if isinstance(message, Finished):
            return


def chapter_result(chapter: Chapter, app: str, checks: list[CheckResult]) -> ChapterResult:
    """The verdict on a chapter and its points, from those of its checks."""
    return ChapterResult(
        id=chapter.id,
        number=chapter.number,
        title=chapter.title,
        app=app,
        verdict=_verdict(chapter, checks),
        seconds=round(sum(check.seconds for check in checks), 3),
        tasks=[_task_result(task, checks) for task in chapter.tasks],
        checks=checks,
    )


def _verdict(chapter: Chapter, checks: list[CheckResult]) -> Verdict:
    """A bonus changes it only where nothing else was checked, or where the fault is ours."""
    bonus = {task.id for task in chapter.tasks if task.bonus}
    counted = [each for each in checks if each.task not in bonus or each.verdict is Verdict.GRADER_ERROR]
    return Verdict.worst(check.verdict for check in counted or checks)


def _task_result(task: Task, checks: list[CheckResult]) -> TaskResult:
    """A task's points are shared equally by its checks."""
    verdicts = [check.verdict for check in checks if check.task == task.id]
    passed = verdicts.count(Verdict.PASSED)
    earned = task.points * passed / len(verdicts) if verdicts else 0.0
    return TaskResult(id=task.id, title=task.title, points=task.points, earned=round(earned, 2), bonus=task.bonus)


def _out_of_time(check: str, job: Job) -> CheckResult:
    return CheckResult(
        id=check,
        task=check.partition("/")[0],
        promise="The service lets itself be judged in time.",
        verdict=Verdict.TIMED_OUT,
        seconds=0.0,
        explanation=Explanation(
            done=[],
            expected=f"All checks of the chapter are through after {job.seconds:g} s.",
            observed=f"This one was not; everything was ended after {job.seconds:g} s.",
            next=f"`onduty check {job.chapter.number}` shows which check takes so long.",
        ),
    )


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
