"""Reports as JUnit XML: a test suite a chapter, points as properties."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from onduty.reports.model import ChapterResult, CheckResult
from onduty.reports.sheet import Sheet, is_bonus
from onduty.reports.text import explanation_lines
from onduty.reports.verdict import Verdict
from onduty.reports.visible import visible

_OUTCOME = {
    Verdict.FAILED: "failure",
    Verdict.CRASHED: "failure",
    Verdict.TIMED_OUT: "failure",
    Verdict.NOT_GRADED: "skipped",
    Verdict.GRADER_ERROR: "error",
}


def junit(sheets: Sequence[Sheet]) -> str:
    suites = ET.Element("testsuites", name="onduty")
    for sheet in sheets:
        for chapter in sheet.chapters:
            suites.append(_suite(chapter, f"{sheet.id}/{chapter.slug}" if sheet.id else chapter.slug))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(chapter: ChapterResult, name: str) -> ET.Element:
    outcomes = [_outcome(chapter, check) for check in chapter.checks]
    suite = ET.Element(
        "testsuite",
        name=name,
        tests=str(len(outcomes)),
        failures=str(outcomes.count("failure")),
        errors=str(outcomes.count("error")),
        skipped=str(outcomes.count("skipped")),
        time=f"{chapter.seconds:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    for task in chapter.tasks:
        for what, points in (("points", task.points), ("earned", task.earned)):
            ET.SubElement(properties, "property", name=f"{task.id}.{what}", value=f"{points:g}")
    for check, outcome in zip(chapter.checks, outcomes, strict=True):
        suite.append(_case(name, check, outcome))
    return suite


def _outcome(chapter: ChapterResult, check: CheckResult) -> str | None:
    """A bonus that was not earned is no failure: the build stays green."""
    outcome = _OUTCOME.get(check.verdict)
    return "skipped" if outcome == "failure" and is_bonus(chapter, check) else outcome


def _case(suite: str, check: CheckResult, outcome: str | None) -> ET.Element:
    case = ET.Element("testcase", classname=suite, name=check.id, time=f"{check.seconds:.3f}")
    if outcome is not None:
        told = ET.SubElement(case, outcome, message=_observed(check), type=check.verdict.value)
        told.text = visible("\n".join(explanation_lines(check)))
    return case


def _observed(check: CheckResult) -> str:
    return visible(check.explanation.observed if check.explanation else check.verdict.value)
