"""Shows checks while they run, and keeps every outcome the moment it is known."""

from collections.abc import Collection
from contextlib import ExitStack
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from onduty.checking.run import Listener, Target
from onduty.course.progress import Progress, Track
from onduty.course.workspace import Workspace
from onduty.reports.model import ChapterResult, CheckResult
from onduty.reports.terminal import check_line, explain_failures, summary
from onduty.reports.verdict import NOT_THEIRS, Verdict


class Live(Listener):
    """Prints a line a check; in a terminal, also which one is running."""

    def __init__(self, console: Console, seed: int, *, full: bool = False, failed_before: Collection[str] = ()) -> None:
        self._console = console
        self._seed = seed
        self._full = full
        self._failed_before = failed_before
        self._status: Status | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._stack.enter_context(self._console.status("starting the lab"))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def chapter_begins(self, target: Target) -> None:
        whole_service = " on the whole service" if target.ship else ""
        heading = f"{target.chapter.number:02} {target.chapter.title}{whole_service}"
        self._console.print(Text.assemble((heading, "bold"), (f" · {target.label}", "dim")))
        self._say("starting the lab")

    def check_begins(self, check: str) -> None:
        self._say(check)

    def check_ends(self, result: CheckResult) -> None:
        self._console.print(
            check_line(result, piped=not self._console.is_terminal), soft_wrap=not self._console.is_terminal
        )

    def chapter_ends(self, result: ChapterResult) -> None:
        self._say("")
        explain_failures(self._console, result, full=self._full, failed_before=self._failed_before)
        self._console.print()
        self._console.print(summary(result, self._seed))

    def _say(self, what: str) -> None:
        if self._status is not None:
            self._status.update(what)


class Keeping(Live):
    """The same, for the learner's own code: outcomes go into the workspace's progress."""

    def __init__(
        self,
        console: Console,
        seed: int,
        workspace: Workspace,
        *,
        full: bool = False,
        whole: bool = True,
        failed_before: Collection[str] = (),
    ) -> None:
        super().__init__(console, seed, full=full, failed_before=failed_before)
        self._workspace = workspace
        self._whole = whole
        self._target: Target | None = None

    def chapter_begins(self, target: Target) -> None:
        self._target = target
        super().chapter_begins(target)

    def check_ends(self, result: CheckResult) -> None:
        if result.verdict not in NOT_THEIRS:
            with self._workspace.updating() as progress:
                self._track(progress).checks[result.id] = result.verdict is Verdict.PASSED
        super().check_ends(result)

    def chapter_ends(self, result: ChapterResult) -> None:
        if self._whole and result.verdict not in NOT_THEIRS:
            with self._workspace.updating() as progress:
                track = self._track(progress)
                track.checks = {check.id: check.verdict is Verdict.PASSED for check in result.checks}
                track.turn_on() if result.verdict is Verdict.PASSED else track.turn_off()
        super().chapter_ends(result)

    def _track(self, progress: Progress) -> Track:
        assert self._target is not None, "a chapter begins before its checks end"
        record = progress.of(self._target.chapter.id)
        return record.ship if self._target.ship else record.drill
