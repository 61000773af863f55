"""What others read: each rendering as its consumer takes it, by the descriptions docs/grading/renderings.md names."""

import base64
import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import jsonschema
import pytest
from junitparser import JUnitXml

from onduty.course.problems import Problem
from onduty.reports.autograding import autograding
from onduty.reports.classroom50 import classroom50
from onduty.reports.gradebook import gradebook
from onduty.reports.gradescope import gradescope
from onduty.reports.job_summary import LARGEST, job_summary
from onduty.reports.junit import junit
from onduty.reports.model import ChapterResult, CheckResult, Explanation, Report, TaskResult
from onduty.reports.renderings import Rendering
from onduty.reports.sheet import Sheet
from onduty.reports.verdict import Verdict
from onduty.reports.workflow import harmless

HOSTILE = "\x1b[31m::add-mask::x\n  ::error::y\n##[group]z\n</pre><script>alert(1)</script> | `a` ]]> =1+1\x00\ud800"

VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
GRADESCOPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["score", "tests"],
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "test_output_format": FORMAT,
        "test_name_format": FORMAT,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "leaderboard": {"type": "array"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "name_format": FORMAT,
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": FORMAT,
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": VISIBILITY,
                    "extra_data": {"type": "object"},
                },
            },
        },
    },
}
"""Every field its autograder specification knows, and no other."""

TEXT = {"type": "string", "minLength": 1}
WHOLE = {"type": "integer", "minimum": 0}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"}
CLASSROOM50 = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit", "release",
                 "review", "datetime", "score", "max-score", "tests"],
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        **dict.fromkeys(("classroom", "assignment", "owner", "commit", "release", "review"), TEXT),
        "assignment_type": {"enum": ["individual", "group"]},
        "submission": {"type": "string", "pattern": "^submit/"},
        "datetime": MOMENT,
        "graded_at": MOMENT,
        "score": WHOLE,
        "max-score": WHOLE,
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {"test-name": TEXT, "passed": {"type": "boolean"}, "score": WHOLE, "max-score": WHOLE},
            },
        },
    },
}  # fmt: skip
"""The contract of `classroom50/result/v1`."""
RUNNER = {
    "CLASSROOM": "night-owl", "ASSIGNMENT": "chapter-5", "USERNAME": "ada", "SUBMISSION_TAG": "submit/2026-11-21-abc",
    "COMMIT_URL": "https://example.org/c", "RELEASE_URL": "https://example.org/r",
}  # fmt: skip


def check(number: int, verdict: Verdict, observed: str = "It did not.") -> CheckResult:
    told = Explanation(
        done=["onduty check 5"], expected="It does.", observed=observed, next="Look.", evidence=[observed]
    )
    return CheckResult(
        id=f"05.1/check-{number}",
        task="05.1",
        promise="It does.",
        verdict=verdict,
        seconds=0.25,
        explanation=None if verdict is Verdict.PASSED else told,
    )


def sheet(*verdicts: Verdict, observed: str = HOSTILE, **more) -> Sheet:
    checks = [check(number, verdict, observed) for number, verdict in enumerate(verdicts)]
    chapter = ChapterResult(
        id="blocked-event-loop",
        number=5,
        title="Blocked event loop",
        app="submission",
        verdict=Verdict.worst(verdicts),
        seconds=1.5,
        tasks=[
            TaskResult(id="05.1", title="Do", points=10, earned=round(10 * verdicts.count("passed") / len(checks), 2))
        ],
        checks=checks,
    )
    given = {"id": "ada", "name": "Ada"} | more
    return Sheet((chapter,), "0.1.0", datetime(2026, 11, 21, 12, tzinfo=UTC), **given)


TWO_OF_THREE = (Verdict.PASSED, Verdict.PASSED, Verdict.FAILED)


def test_gradescope_knows_every_field() -> None:
    result = json.loads(gradescope(sheet(*TWO_OF_THREE)))
    jsonschema.validate(result, GRADESCOPE)
    assert result["score"] == 6.67
    assert [(test["score"], test["max_score"]) for test in result["tests"]] == [(3.33, 3.33), (3.33, 3.33), (0, 3.33)]
    assert "\x1b" not in result["tests"][2]["output"]


def test_classroom_50_gets_whole_points_and_its_runners_words() -> None:
    result = json.loads(classroom50(sheet(*TWO_OF_THREE), RUNNER))
    jsonschema.validate(result, CLASSROOM50)
    assert [test["max-score"] for test in result["tests"]] == [4, 3, 3]
    assert (result["score"], result["max-score"], result["owner"]) == (7, 10, "ada")
    assert result["review"] == RUNNER["COMMIT_URL"]
    with pytest.raises(Problem, match="SUBMISSION_TAG"):
        classroom50(sheet(*TWO_OF_THREE), {**RUNNER, "SUBMISSION_TAG": ""})


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [((Verdict.PASSED,) * 3, "pass"), (TWO_OF_THREE, "fail"), ((Verdict.PASSED, Verdict.GRADER_ERROR), "error")],
)
def test_the_autograding_reporter_reads_one_line_and_adds_up(verdicts, status) -> None:
    encoded = autograding(sheet(*verdicts))
    assert "\n" not in encoded
    result = json.loads(base64.b64decode(encoded, validate=True))
    assert (result["version"], result["status"], result["max_score"]) == (1, status, 10)
    assert {test["status"] for test in result["tests"]} <= {"pass", "fail", "error"}
    expected = round(10 * verdicts.count(Verdict.PASSED) / len(verdicts), 2)
    assert round(sum(test["score"] for test in result["tests"]), 2) == expected
    for test in result["tests"]:
        # As it prints them.
        assert_no_command(f"Error: {test['message']}\n{test['name']}")


@pytest.mark.parametrize(("verdict", "score"), [(Verdict.PASSED, 14), (Verdict.FAILED, 10)])
def test_a_bonus_comes_on_top_in_every_rendering(verdict: Verdict, score: int) -> None:
    """Nobody is asked for it: not in what can be reached, and not in whether a build is green."""
    given = sheet(Verdict.PASSED)
    (chapter,) = given.chapters
    extra = check(1, verdict, HOSTILE).model_copy(update={"id": "05.2/extra", "task": "05.2"})
    bonus = TaskResult(id="05.2", title="More", points=4, earned=score - 10, bonus=True)
    chapter = chapter.model_copy(update={"checks": [*chapter.checks, extra], "tasks": [*chapter.tasks, bonus]})
    given = replace(given, chapters=(chapter,))
    scope, classroom = json.loads(gradescope(given)), json.loads(classroom50(given, RUNNER))
    assert (scope["score"], sum(test["max_score"] for test in scope["tests"])) == (score, 10)
    assert (classroom["score"], classroom["max-score"]) == (score, 10)
    reported = json.loads(base64.b64decode(autograding(given)))
    assert (reported["status"], reported["max_score"]) == ("pass", 10)
    assert JUnitXml.fromstring(junit([given]).encode()).failures == 0
    assert f"{score} of 10" in job_summary([given])
    for drawn, schema in ((scope, GRADESCOPE), (classroom, CLASSROOM50)):
        jsonschema.validate(drawn, schema)


def test_a_job_summary_can_neither_command_nor_break_out() -> None:
    drawn = job_summary([sheet(*TWO_OF_THREE, name="a|b`<b>\n::stop"), sheet(*TWO_OF_THREE)])
    assert_no_command(drawn)
    assert "<script>" not in drawn
    assert drawn.count("</pre>") == drawn.count("<pre>") == 2
    assert r"| a\|b\`\<b\> \:\:stop | 05-blocked-event-loop | failed | 2 of 3 | 6.67 of 10 |" in drawn


def test_a_job_summary_is_cut_where_github_would_drop_it() -> None:
    drawn = job_summary([sheet(*TWO_OF_THREE, observed="é" * 100_000) for _ in range(20)])
    assert 0.7 * LARGEST < len(drawn.encode()) <= LARGEST
    assert drawn.endswith("_\n")
    assert drawn.count("<details>") == drawn.count("</details>")


@pytest.mark.parametrize(
    "text", ["::error::x", " \t::error::x", "a\n::error::x", "x ##[error]y", "a\u2003\n\u2003::e::"]
)
def test_commands_are_pulled_apart(text: str) -> None:
    assert_no_command(harmless(text))


def test_white_space_without_end_costs_nothing() -> None:
    assert harmless("\n \t" * 200_000 + "::e::").endswith("\n \t: :e::")


def test_what_is_no_command_stays() -> None:
    assert harmless("std::string ::1x:: [::]:80") == "std::string ::1x:: [::]:80"


def assert_no_command(text: str) -> None:
    """As the runner looks: at each line, without what is white before it; the old form anywhere."""
    assert not [line for line in text.splitlines() if line.strip().startswith("::")]
    assert "##[" not in text


def test_a_spreadsheet_runs_nothing() -> None:
    names = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1", 'Ada, "A"\nB']
    drawn = gradebook([sheet(*TWO_OF_THREE, id=f"i{number}", name=name) for number, name in enumerate(names)])
    head, *lines = csv.reader(io.StringIO(drawn, newline=""))
    assert head == ["id", "name", "05-blocked-event-loop", "per cent"]
    assert [line[1] for line in lines] == [f"'{name}" for name in names[:-1]] + names[-1:]
    assert {tuple(line[2:]) for line in lines} == {("6.67", "66.7")}


def test_the_gradebook_keeps_the_rosters_columns_and_marks_nothing_unjudged() -> None:
    spoiled = replace(sheet(Verdict.PASSED, Verdict.NOT_GRADED), fields={"=group": "-red"})
    late = replace(sheet(Verdict.PASSED), kept={"05-blocked-event-loop": 0.5})
    nothing = replace(late, chapters=())
    lines = list(csv.reader(io.StringIO(gradebook([spoiled, late, nothing]))))
    assert lines == [
        ["id", "name", "'=group", "05-blocked-event-loop", "per cent"],
        ["ada", "Ada", "'-red", "", ""],
        ["ada", "Ada", "", "5", "50.0"],
        ["ada", "Ada", "", "", "0.0"],
    ]


def test_a_junit_reader_finds_points_and_outcomes(report: Report) -> None:
    (suite,) = JUnitXml.fromstring(junit([sheet(*TWO_OF_THREE)]).encode())
    assert (suite.name, suite.tests, suite.failures, suite.errors) == ("ada/05-blocked-event-loop", 3, 1, 0)
    assert {each.name: each.value for each in suite.properties()} == {"05.1.points": "10", "05.1.earned": "6.67"}
    (own,) = JUnitXml.fromstring(junit([Sheet.of(report)]).encode())
    assert own.name == "01-first-light"


def test_what_could_not_be_judged_becomes_no_mark(tmp_path) -> None:
    spoiled = sheet(Verdict.PASSED, Verdict.GRADER_ERROR)
    target = tmp_path / "results.json"
    (told,) = Rendering("gradescope", str(target)).write([spoiled], str)
    assert "must not become a mark" in told
    assert not target.exists()


def test_files_are_named_after_learners(tmp_path) -> None:
    both = [sheet(*TWO_OF_THREE), sheet(*TWO_OF_THREE, id="bob")]
    with pytest.raises(Problem, match=r"\{learner\}"):
        Rendering("gradescope", str(tmp_path / "results.json")).write(both, str)
    Rendering.parse(f"gradescope={tmp_path}/new/{{learner}}.json").write(both, str)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["ada.json", "bob.json"]


@pytest.mark.parametrize("given", ["pdf=x", "html", "html="])
def test_a_slip_is_told_with_what_there_is(given: str) -> None:
    with pytest.raises(Problem, match="autograding, classroom50, csv, github, gradescope, html, json, junit"):
        Rendering.parse(given)
