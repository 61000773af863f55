"""What the lab raises when something a check waited for did not come, or cannot be looked at here."""

from __future__ import annotations


class Unmet(AssertionError):
    """Something expected of the service did not happen: a failed check, told as expected and observed."""

    def __init__(self, expected: str, observed: str) -> None:
        super().__init__(f"Expected {expected}; observed {observed}.")
        self.expected = expected
        self.observed = observed


class NotGraded(Exception):
    """The machine lacks something the check needs; the message says what."""
