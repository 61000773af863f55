"""Every rendering of the one report is what its readers expect."""

import json
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from rich.console import Console

from onduty.reports import timeline
from onduty.reports.junit import junit
from onduty.reports.model import Report, TimelineEvent
from onduty.reports.schema import report_schema
from onduty.reports.sheet import Sheet
from onduty.reports.terminal import check_line, explain_failures, summary
from onduty.reports.text import evidence_lines
from onduty.reports.verdict import Verdict

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "report.schema.json"


def test_the_published_schema_is_the_models() -> None:
    assert PUBLISHED.read_text() == report_schema(), "onduty dev schema --write docs/reference/report.schema.json"


def test_a_json_report_fits_the_published_schema_and_comes_back(report: Report) -> None:
    text = report.model_dump_json()
    jsonschema.validate(json.loads(text), json.loads(PUBLISHED.read_text()))
    assert Report.model_validate_json(text) == report


def test_a_directory_whose_name_is_no_utf_8_can_be_told(report: Report) -> None:
    odd = report.chapters[0].model_copy(update={"app": "caf\udce9"})
    told = report.model_copy(update={"chapters": [odd]}).model_dump_json()
    assert json.loads(told)["chapters"][0]["app"] == "caf?"


def test_junit_counts_each_outcome_and_survives_control_characters(report: Report) -> None:
    suite = ET.fromstring(junit([Sheet.of(report)])).find("testsuite")
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "7",
        "failures": "4",
        "errors": "1",
        "skipped": "1",
    }
    assert [(item.get("name"), item.get("value")) for item in suite.iter("property")] == [
        ("01.1.points", "10"),
        ("01.1.earned", "1.43"),
    ]


@pytest.mark.parametrize(
    ("several", "code"),
    [
        ([], 0),
        ([Verdict.PASSED, Verdict.FAILED], 1),
        ([Verdict.FAILED, Verdict.TIMED_OUT], 6),
        ([Verdict.TIMED_OUT, Verdict.CRASHED], 5),
        ([Verdict.CRASHED, Verdict.NOT_GRADED], 3),
        ([Verdict.NOT_GRADED, Verdict.GRADER_ERROR, Verdict.FAILED], 4),
    ],
)
def test_with_several_verdicts_the_gravest_decides(several: list[Verdict], code: int) -> None:
    assert Verdict.worst(several).exit_code == code


@pytest.mark.parametrize("width", [50, 80, 140])
@pytest.mark.parametrize("terminal", [True, False])
def test_the_terminal_shows_every_check_within_its_width(report: Report, width: int, *, terminal: bool) -> None:
    screen = StringIO()
    console = Console(file=screen, width=width, force_terminal=terminal, color_system=None)
    chapter = report.chapters[0]
    for check in chapter.checks:
        console.print(check_line(check, piped=not terminal), soft_wrap=not terminal)
    explain_failures(console, chapter)
    console.print(summary(chapter, 2147483647))
    shown = screen.getvalue()
    assert all(check.id in shown for check in chapter.checks)
    assert "seed 2147483647" in " ".join(shown.split())
    if terminal:
        assert max(len(line) for line in shown.splitlines()) <= width


@pytest.mark.parametrize("terminal", [True, False])
def test_each_check_can_be_the_one_that_is_explained(report: Report, *, terminal: bool) -> None:
    """Also where nothing was done that could be done again."""
    for check in report.chapters[0].checks:
        screen = StringIO()
        console = Console(file=screen, width=80, force_terminal=terminal, color_system=None)
        explain_failures(console, report.chapters[0].model_copy(update={"checks": [check]}))
        assert ("onduty check 1" in screen.getvalue()) == bool(check.explanation and check.explanation.done)
        assert ("onduty hint 1" in screen.getvalue()) == (check.verdict is not Verdict.PASSED)


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (["a 1", "b 2", "a 3"], ["a 1", "b 2", "a 3"]),
        (["GET /x 1 ms", "GET /x 22 ms"], ["GET /x 1 ms", "GET /x 22 ms"]),
        (
            ["up", "GET /x 1 ms", "GET /x 22 ms", "GET /x 3 ms", "gone"],
            ["up", "GET /x 1 ms", "  (2 more like this)", "gone"],
        ),
    ],
)
def test_evidence_that_says_the_same_many_times_says_it_once(
    report: Report, lines: list[str], shown: list[str]
) -> None:
    told = report.chapters[0].checks[-1].explanation
    assert told is not None
    assert list(evidence_lines(told.model_copy(update={"evidence": lines}))) == shown


def events(*spans: tuple[float, float | None, str]) -> list[TimelineEvent]:
    return [TimelineEvent(at=at, until=until, lane="client", kind="request", label=label) for at, until, label in spans]


def test_a_timeline_draws_spans_in_proportion() -> None:
    lines = timeline.text(events((0, 10, "whole"), (5, 10, "later")), 60)
    whole, later = (line.count("█") for line in lines[:2])
    assert abs(later * 2 - whole) <= 1


def test_what_has_not_ended_is_drawn_to_the_end() -> None:
    stuck, _, _ = timeline.text(events((0, None, "stuck"), (0, 4, "other")), 60)
    assert "·" not in stuck


def test_many_alike_are_one_row() -> None:
    found = timeline.rows(events(*((n / 10, n / 10 + 0.05, "GET /") for n in range(20))))
    assert [row.label for row in found] == ["20 × GET /"]


@pytest.mark.parametrize("width", [36, 40, 60])
def test_a_timeline_fits_into_few_columns(width: int) -> None:
    lines = timeline.text(events((0, 12.3, "a request to a path of great length"), (5, 10, "later")), width)
    assert max(map(len, lines)) <= width
    assert lines[-1].split() == ["0", "s", "12.3", "s"]


def test_requests_that_differ_at_the_end_can_be_told_apart() -> None:
    pages = [f"GET /api/v1/orders?customer_id={customer}&limit=100" for customer in (10001, 10002)]
    first, second, _ = timeline.text(events(*((0, 1, page) for page in pages)), 64)
    assert first.startswith("GET …/orders?customer_id=10001")
    assert second.startswith("GET …/orders?customer_id=10002")


def test_nothing_happened_draws_nothing() -> None:
    assert timeline.text([], 80) == []
