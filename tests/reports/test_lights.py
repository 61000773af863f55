"""A light says what was judged, and only that."""

import pytest

from onduty.reports.lights import lights_of
from onduty.reports.model import ChapterResult, CheckResult, Explanation
from onduty.reports.verdict import Verdict

FIRST = {"first-light": (1, "First light")}
UNJUDGED = [Verdict.NOT_GRADED, Verdict.GRADER_ERROR]


def result(verdict: Verdict, *checks: Verdict) -> ChapterResult:
    told = [
        CheckResult(
            id=f"01.1/{each.replace(' ', '-')}",
            task="01.1",
            promise="It does.",
            verdict=each,
            seconds=0.1,
            explanation=Explanation(done=[], expected="It does.", observed=f"It was {each}.", next="Look."),
        )
        for each in checks or (verdict,)
    ]
    return ChapterResult(
        id="first-light",
        number=1,
        title="First light",
        app="yours",
        verdict=verdict,
        seconds=0.1,
        tasks=[],
        checks=told,
    )


@pytest.mark.parametrize(
    ("verdict", "before", "lit", "changed"),
    [
        (Verdict.PASSED, False, True, True),
        (Verdict.PASSED, True, True, False),
        (Verdict.PASSED, None, True, False),
        (Verdict.FAILED, True, False, True),
        (Verdict.CRASHED, True, False, True),
        (Verdict.TIMED_OUT, False, False, False),
    ],
)
def test_a_verdict_on_the_service_turns_the_light(
    verdict: Verdict, *, before: bool | None, lit: bool, changed: bool
) -> None:
    (light,) = lights_of([result(verdict)], FIRST, {} if before is None else {"first-light": before})
    assert (light.lit, light.changed, light.looked_at) == (lit, changed, True)
    assert light.why == (None if lit else f"01.1/{verdict.replace(' ', '-')}: It was {verdict}.")


@pytest.mark.parametrize("verdict", UNJUDGED)
@pytest.mark.parametrize("before", [True, False])
def test_what_could_not_be_judged_stays_as_it_was(verdict: Verdict, *, before: bool) -> None:
    (light,) = lights_of([result(verdict, Verdict.FAILED, verdict)], FIRST, {"first-light": before})
    assert (light.lit, light.changed, light.looked_at) == (before, False, False)
    assert light.why == f"could not be judged: 01.1/{verdict.replace(' ', '-')}: It was {verdict}."
