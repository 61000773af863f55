"""A check's explanation in plain lines, for logs, JUnit and plain pytest."""

from collections.abc import Iterator

from onduty.reports.model import CheckResult


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
    for number, line in enumerate(explanation.evidence, start=1):
        yield f"  {'Evidence:' if number == 1 else '         '} {line}"
    yield f"  Next:     {explanation.next}"
