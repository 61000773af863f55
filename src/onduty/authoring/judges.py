"""Judges at work in several threads, of which none outlives the one who waits for them."""

from collections.abc import Callable
from typing import Self

from onduty.checking.judge import Cancelled, Judge
from onduty.reports.model import ChapterResult, CheckResult


class Judges:
    """Enter it inside the pool whose threads run them: an exception ends all of them, and the pool waits no longer."""

    def __init__(self) -> None:
        self._at_work: set[Judge] = set()
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            return
        self._over = True
        for judge in list(self._at_work):
            judge.cancel()

    def run(self, judge: Judge, on_verdict: Callable[[CheckResult], None] = lambda _: None) -> ChapterResult:
        """Run it unless everything is over; raises Cancelled where it is, or is meanwhile."""
        self._at_work.add(judge)
        try:
            if self._over:
                raise Cancelled
            return judge.run(on_verdict=on_verdict)
        finally:
            self._at_work.discard(judge)
