"""What `onduty grade` shows: a line a result, in a terminal a bar with rate and time left, and a sum at the end."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from onduty.cli.console import note, out, short
from onduty.grading.ledger import Ledger
from onduty.grading.model import Isolation, RunReport
from onduty.reports.model import ChapterResult
from onduty.reports.sheet import earned, points
from onduty.reports.terminal import SIGNS
from onduty.reports.verdict import Verdict
from onduty.reports.visible import visible

FEW = 3
CONSEQUENCE = "What is graded can read and change whatever you can, its grade included."


class Rate(ProgressColumn):
    """Results a minute."""

    def render(self, task: Task) -> Text:
        """Such as `31.5/min`."""
        return Text(f"{task.speed * 60:.1f}/min" if task.speed else "")


class Board:
    """Shows results as they come."""

    def __init__(self, names: dict[str, list[str]], total: int) -> None:
        self._names = names
        self._total = total
        self._verdicts: Counter[Verdict] = Counter()
        self._providers: set[str] = set()
        self._reasons: dict[str, None] = {}
        self._started = time.monotonic()
        self._bar = Progress(
            TextColumn("Grading"),
            BarColumn(),
            MofNCompleteColumn(),
            Rate(),
            TimeRemainingColumn(),
            console=out(),
            disable=not out().is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._bar.stop()
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            note(f"{self._verdicts.total()} of {self._total} results are in the ledger; --resume does the rest.")

    def stands_behind(self, isolation: Isolation) -> None:
        """What somebody's work is graded behind; that there is nothing is said at once, and once."""
        if isolation.provider == "none" and "none" not in self._providers:
            note(f"WARNING: isolation: none, since {isolation.why}. {CONSEQUENCE}")
        self._providers.add(isolation.provider)

    def show(self, run: RunReport) -> None:
        """One result: whose, for what, the points."""
        self.stands_behind(run.isolation)
        (chapter,) = run.report.chapters
        if chapter.verdict is Verdict.NOT_GRADED:
            self._reasons |= dict.fromkeys(_reasons(chapter))
        self._verdicts[chapter.verdict] += 1
        sign, colour = SIGNS[chapter.verdict]
        names = self._names.get(run.key, [])
        who = ", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" if len(names) > FEW else "")
        verdict = "" if chapter.verdict in {Verdict.PASSED, Verdict.FAILED} else f"{chapter.verdict}, "
        line = Text.assemble(
            (sign, colour), " ", (who, "bold"), f"  {run.chapter}  {earned(chapter):g} of {points(chapter):g} points  ",
            f"{verdict}{run.seconds:.1f} s",
        )  # fmt: skip
        self._bar.console.print(line, soft_wrap=True)
        self._bar.advance(self._task)

    def sum_up(self, ledger: Ledger) -> None:
        """How many of each verdict, how fast, and where the results are."""
        minutes = max(time.monotonic() - self._started, 0.001) / 60
        parts = [f"{count} {verdict}" for verdict, count in self._verdicts.most_common()]
        total = self._verdicts.total()
        counted = (
            f"{total} graded: {', '.join(parts)}; {total / minutes:.1f} a minute" if total else "Nothing was missing"
        )
        behind = f"; isolation: {', '.join(sorted(self._providers))}" if self._providers else ""
        out().print(Text(f"{counted}{behind}. The ledger is {short(ledger.root)}."), soft_wrap=True)
        for reason in self._reasons:
            note(visible(reason))
        if self.exit_code:
            note("Some could not be graded, through no fault of theirs: --resume tries those again.")

    @property
    def exit_code(self) -> int:
        """0 when everything has been judged, however badly."""
        ours = [verdict for verdict in (Verdict.NOT_GRADED, Verdict.GRADER_ERROR) if self._verdicts[verdict]]
        return Verdict.worst(ours).exit_code


def _reasons(chapter: ChapterResult) -> Iterator[str]:
    for check in chapter.checks:
        if check.verdict is Verdict.NOT_GRADED and check.explanation is not None:
            yield f"{check.explanation.observed} {check.explanation.next}"
