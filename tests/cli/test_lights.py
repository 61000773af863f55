"""The board of the whole service."""

import pytest

from onduty.cli.lights import show_lights
from onduty.course.catalog import Course
from onduty.reports.model import ChapterResult, LightResult, Report
from onduty.reports.verdict import Verdict


def told(capsys: pytest.CaptureFixture[str], behaviour: Verdict, *lights: LightResult) -> str:
    suite = ChapterResult(
        id="on-duty", number=32, title="On duty", app="yours", verdict=behaviour, seconds=1, tasks=[], checks=[]
    )
    report = Report(
        course_version="0", started="", seed=1, lab="embedded", machine="", chapters=[suite], lights=list(lights),
        verdict=behaviour, exit_code=behaviour.exit_code,
    )  # fmt: skip
    show_lights(report, Course.find_course(), learner=True, explains="onduty check 32")
    return capsys.readouterr().out


@pytest.mark.parametrize("verdict", [Verdict.NOT_GRADED, Verdict.GRADER_ERROR])
def test_a_behaviour_suite_that_could_not_be_judged_is_not_called_broken(
    capsys: pytest.CaptureFixture[str], verdict: Verdict
) -> None:
    said = told(capsys, verdict)
    assert "broken" not in said
    assert "Whether every feature works could not be judged: onduty check 32 says why." in said


def test_a_light_that_could_not_be_judged_burns_on_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    why = "could not be judged: 01.1/says-live: There is no PostgreSQL."
    light = LightResult(
        id="first-light", number=1, title="First light", lit=True, looked_at=False, changed=False, why=why
    )
    said = told(capsys, Verdict.PASSED, light)
    assert f"●  01 First light  {why}" in said
    assert "All of them" not in said
