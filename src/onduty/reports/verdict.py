"""What a check can say, and the exit code that says it to a shell."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """The outcome of one check, one chapter, or one grading."""

    PASSED = "passed"
    FAILED = "failed"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    NOT_GRADED = "not graded"
    GRADER_ERROR = "grader error"

    @property
    def exit_code(self) -> int:
        return _EXIT_CODES[self]

    @classmethod
    def worst(cls, verdicts: Iterable["Verdict"]) -> "Verdict":
        """The verdict of the whole: our own fault first, then what could not be judged, then the learner's."""
        return max(verdicts, key=_GRAVITY.index, default=cls.PASSED)


NOT_THEIRS: Final = frozenset({Verdict.NOT_GRADED, Verdict.GRADER_ERROR})
"""The machine's or our fault: never to be turned into a mark."""

_EXIT_CODES = {
    Verdict.PASSED: 0,
    Verdict.FAILED: 1,
    Verdict.NOT_GRADED: 3,
    Verdict.GRADER_ERROR: 4,
    Verdict.CRASHED: 5,
    Verdict.TIMED_OUT: 6,
}

_GRAVITY = [
    Verdict.PASSED,
    Verdict.FAILED,
    Verdict.TIMED_OUT,
    Verdict.CRASHED,
    Verdict.NOT_GRADED,
    Verdict.GRADER_ERROR,
]
