"""A report with one check of each verdict."""

import pytest

from onduty.reports.model import ChapterResult, CheckResult, Explanation, Report, TaskResult, TimelineEvent
from onduty.reports.verdict import Verdict


def check(number: int, verdict: Verdict, observed: str = "It did not.") -> CheckResult:
    # A judge that broke, or was ended, has done nothing that a learner could do again.
    done = [] if verdict is Verdict.GRADER_ERROR else ["onduty check 1"]
    told = Explanation(done=done, expected="It does.", observed=observed, next="onduty hint 1")
    return CheckResult(
        id=f"01.1/check-{number}",
        task="01.1",
        promise="It does.",
        verdict=verdict,
        seconds=0.25,
        timeline=[TimelineEvent(at=0.1, until=0.2, lane="client", kind="request", label="GET /", outcome="200 OK")],
        explanation=None if verdict is Verdict.PASSED else told,
    )


@pytest.fixture
def report() -> Report:
    checks = [check(number, verdict) for number, verdict in enumerate(Verdict)]
    checks.append(check(99, Verdict.FAILED, "\x1b[31m::set-output <b>&\x00"))
    chapter = ChapterResult(
        id="first-light",
        number=1,
        title="First light",
        app="yours",
        verdict=Verdict.GRADER_ERROR,
        seconds=1.5,
        tasks=[TaskResult(id="01.1", title="Do", points=10, earned=1.43)],
        checks=checks,
    )
    return Report(
        course_version="0.1.0",
        started="2026-01-01T00:00:00+00:00",
        seed=7,
        lab="embedded",
        machine="somewhere",
        chapters=[chapter],
        verdict=Verdict.GRADER_ERROR,
        exit_code=4,
    )
