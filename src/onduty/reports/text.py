"""A check's explanation in plain lines, for logs, JUnit and plain pytest."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from onduty.reports.model import CheckResult, Explanation

_DIGITS: Final = re.compile(r"[0-9]+")
_TOLD_ONE_BY_ONE: Final = 2
"""Lines in a row that differ only in their numbers, and are all worth reading."""


def explanation_lines(result: CheckResult) -> Iterator[str]:
    yield f"{result.id}: {result.verdict} after {result.seconds:.1f} s"
    yield f"  Promise:  {result.promise}"
    explanation = result.explanation
    if explanation is None:
        return
    if explanation.expected != result.promise:
        yield f"  Expected: {explanation.expected}"
    yield f"  Observed: {explanation.observed}"
    if explanation.likely:
        yield f"  Likely:   {explanation.likely}"
    for number, step in enumerate(explanation.done, start=1):
        yield f"  {'Done:    ' if number == 1 else '         '} {step}"
    for number, line in enumerate(evidence_lines(explanation), start=1):
        yield f"  {'Evidence:' if number == 1 else '         '} {line}"
    yield f"  Next:     {explanation.next}"


def evidence_lines(explanation: Explanation) -> Iterator[str]:
    """The evidence, where many lines in a row differ only in their numbers the first of them and how many follow."""
    for _, alike in groupby(explanation.evidence, lambda line: _DIGITS.sub("0", line)):
        lines = list(alike)
        if len(lines) <= _TOLD_ONE_BY_ONE:
            yield from lines
        else:
            yield lines[0]
            yield f"  ({len(lines) - 1} more like this)"
