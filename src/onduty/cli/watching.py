"""Checks again after each change, until Ctrl-C."""

import threading
from collections.abc import Callable, Collection
from typing import Final

from watchfiles import DefaultFilter, watch

from onduty.checking.judge import Cancelled, Judge
from onduty.checking.run import Target, check
from onduty.checking.seeds import new_seed
from onduty.cli.console import note, out, say, short
from onduty.cli.finish import show_finish
from onduty.cli.handing_in import what_stays
from onduty.cli.live import Keeping
from onduty.cli.process import interrupted
from onduty.course.catalog import Course
from onduty.course.workspace import Workspace
from onduty.reports.model import Report
from onduty.reports.verdict import Verdict

DEBOUNCE_MS: Final = 300
"""Editors save in several steps; a change is over when nothing has happened for so long."""


class Source(DefaultFilter):
    """What may change the verdict: not caches, not what editors leave beside a file."""

    ignore_entity_patterns = (*DefaultFilter.ignore_entity_patterns, r"\.md$", r"^\.\#", r"^4913$")


class Run:
    """One run of the checks beside the watcher, so that a change can end it."""

    def __init__(
        self,
        course: Course,
        workspace: Workspace,
        target: Target,
        failed_before: Collection[str],
        on_error: Callable[[], None],
    ) -> None:
        self._course, self._workspace, self._target = course, workspace, target
        self._failed_before = failed_before
        self._on_error = on_error
        self._judge: Judge | None = None
        self._stale = False
        self.report: Report | None = None
        self.cancelled = False
        self.error: BaseException | None = None
        """What ended it that is no verdict: a full disk, a state that cannot be kept, a mistake of ours."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def failures(self) -> set[str]:
        if self.report is None:
            return set(self._failed_before)
        return {
            check.id
            for chapter in self.report.chapters
            for check in chapter.checks
            if check.verdict is not Verdict.PASSED
        }

    def end(self) -> None:
        """Cancel it if it is still going on; returns when its lab is gone."""
        self._stale = True
        if self._judge is not None:
            self._judge.cancel()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._check()
        except Cancelled:
            self.cancelled = True
        except BaseException as error:  # noqa: BLE001 - whoever waits for this thread raises it
            self.error = error
            self._on_error()

    def _check(self) -> None:
        seed = new_seed()
        with Keeping(out(), seed, self._workspace, failed_before=self._failed_before) as listener:
            self.report = check([self._target], seed=seed, lab="embedded", listener=listener, on_judge=self._take)
        if self.report.verdict is Verdict.PASSED:
            show_finish(self._course, self._target.chapter, self._workspace.progress())
        say((f"Watching {short(self._target.app)}. Save a file to check again, Ctrl-C to stop.", "dim"))

    def _take(self, judge: Judge) -> None:
        self._judge = judge
        if self._stale:
            judge.cancel()


def keep_watching(course: Course, workspace: Workspace, target: Target) -> int:
    """Check now and after each change; returns the exit code of the last run, and raises what a run has raised."""
    broken = threading.Event()

    def begin(failed_before: Collection[str]) -> Run:
        return Run(course, workspace, target, failed_before, on_error=broken.set)

    if stays := what_stays(target):
        note(stays)
    run = begin(())
    try:
        for _ in watch(target.app, watch_filter=Source(), debounce=DEBOUNCE_MS, step=50, stop_event=broken):
            run.end()
            if run.error is not None:
                break
            if run.cancelled:
                say(("changed: starting again", "dim"))
            say()
            stays, before = what_stays(target), stays
            if stays and stays != before:
                note(stays)
            run = begin(run.failures)
    except KeyboardInterrupt:
        pass
    run.end()
    if run.error is not None:
        raise run.error
    return run.report.exit_code if run.report is not None else interrupted()
