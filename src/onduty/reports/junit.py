"""The report as JUnit XML: a test suite a chapter, points as properties."""

from xml.etree import ElementTree as ET

from onduty.reports.model import ChapterResult, CheckResult, Report
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


def junit(report: Report) -> str:
    suites = ET.Element("testsuites", name="onduty")
    for chapter in report.chapters:
        suites.append(_suite(chapter))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(chapter: ChapterResult) -> ET.Element:
    outcomes = [_OUTCOME.get(check.verdict) for check in chapter.checks]
    suite = ET.Element(
        "testsuite",
        name=chapter.slug,
        tests=str(len(outcomes)),
        failures=str(outcomes.count("failure")),
        errors=str(outcomes.count("error")),
        skipped=str(outcomes.count("skipped")),
        time=f"{chapter.seconds:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    for task in chapter.tasks:
        for name, points in (("points", task.points), ("earned", task.earned)):
            ET.SubElement(properties, "property", name=f"{task.id}.{name}", value=f"{points:g}")
    for check in chapter.checks:
        suite.append(_case(chapter, check))
    return suite


def _case(chapter: ChapterResult, check: CheckResult) -> ET.Element:
    case = ET.Element("testcase", classname=chapter.slug, name=check.id, time=f"{check.seconds:.3f}")
    outcome = _OUTCOME.get(check.verdict)
    if outcome is not None:
        told = ET.SubElement(case, outcome, message=_observed(check), type=check.verdict.value)
        told.text = visible("\n".join(explanation_lines(check)))
    return case


def _observed(check: CheckResult) -> str:
    return visible(check.explanation.observed if check.explanation else check.verdict.value)
