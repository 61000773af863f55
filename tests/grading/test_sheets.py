"""What an instructor does with the ledger: marks, lateness, weights, the cohort on one screen."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from onduty.course.catalog import Course
from onduty.course.problems import Problem
from onduty.grading.ledger import Ledger
from onduty.grading.model import HandIn, Isolation, Learner, Policy, RunReport
from onduty.grading.results_schema import results_schema
from onduty.grading.scheme import Late, Scheme, kept
from onduty.grading.sheets import results_json, sheets
from onduty.grading.statistics import check_counts, most_stuck
from onduty.reports.build import report_of
from onduty.reports.gradebook import percent
from onduty.reports.model import ChapterResult, CheckResult, Explanation, TaskResult
from onduty.reports.page import page
from onduty.reports.verdict import Verdict

PUBLISHED = Path(__file__).parents[2] / "docs" / "grading" / "results.schema.json"
LIGHT, KETTLE = "01-first-light", "02-held-kettle"
DUE = datetime(2026, 11, 20, 12, tzinfo=UTC)
P, F, E = Verdict.PASSED, Verdict.FAILED, Verdict.GRADER_ERROR


def chapter(slug: str, points: float, *verdicts: Verdict) -> ChapterResult:
    number, _, name = slug.partition("-")
    told = Explanation(done=["x"], expected="y", observed=f"Seen in {slug}.", next="z")
    checks = [
        CheckResult(id=f"{number}.1/{place}", task=f"{number}.1", promise="It does.", verdict=verdict, seconds=1,
                    explanation=None if verdict is P else told)
        for place, verdict in enumerate(verdicts)
    ]  # fmt: skip
    earned = points * verdicts.count(P) / len(verdicts)
    tasks = [TaskResult(id=f"{number}.1", title="Do", points=points, earned=earned)]
    return ChapterResult(id=name, number=int(number), title=name, app="submission", verdict=Verdict.worst(verdicts),
                         seconds=2, tasks=tasks, checks=checks)  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Ada did both, one by half; Bob failed the first; Cleo's could not be judged; Dan gave nothing."""
    made = Ledger.open(tmp_path / "out")
    handed_in = {
        "ada": (DUE + timedelta(hours=1), [chapter(LIGHT, 10, P, P), chapter(KETTLE, 5, P, F)]),
        "bob": (DUE, [chapter(LIGHT, 10, F, F)]),
        "cleo": (DUE, [chapter(LIGHT, 10, P, E)]),
        "dan": (None, []),
    }
    for number, (name, (at, chapters)) in enumerate(handed_in.items()):
        learner = Learner(id=name, name=name.title(), fields={"group": "red"})
        made.hand_in(HandIn(learner=learner, source=name, submitted_at=at and at.isoformat(),
                            work={each.slug: f"s{number}" for each in chapters}))  # fmt: skip
        for place, each in enumerate(chapters):
            made.add(RunReport(
                key=f"{number}{place}" * 16, submission=f"s{number}", chapter=each.slug, course="0.1.0:c0ffee",
                policy=Policy(), isolation=Isolation(provider="none", why="a test"), graded_at=DUE.isoformat(),
                seconds=1, left_out=["x: a link"], report=report_of([each], started=DUE, seed=1, lab="embedded"),
            ))  # fmt: skip
    return made


def test_a_sheet_for_everybody_with_what_the_reader_must_know(ledger: Ledger) -> None:
    ada, bob, cleo, dan = sheets(ledger, Scheme())
    assert [chapter.slug for chapter in ada.chapters] == [LIGHT, KETTLE]
    assert (ada.fields, dan.chapters) == ({"group": "red"}, ())
    assert "without isolation (a test)" in bob.notes[0]
    assert bob.notes[1] == f"{LIGHT}: not taken were x: a link."
    assert [sheet.unsettled for sheet in (ada, bob, cleo, dan)] == [False, False, True, False]
    everybody = [ada, bob, cleo, dan]
    assert [round(percent(sheet, everybody), 1) for sheet in everybody] == [83.3, 0, 0, 0]


def test_weights_and_lateness_change_marks_and_nothing_else(ledger: Ledger, tmp_path: Path, mini: Course) -> None:
    (tmp_path / "scheme.toml").write_text(
        "due = 2026-11-20T12:00:00Z\n[late]\nper_day = 20\n"
        "[chapters.1]\nweight = 1\n[chapters.held-kettle]\nweight = 3\ndue = 2026-11-21T00:00:00Z\n"
    )
    ada, *others = sheets(ledger, Scheme.read(tmp_path / "scheme.toml", mini))
    assert ada.kept == {LIGHT: 0.8}
    assert percent(ada, [ada, *others]) == pytest.approx(100 * (1 * 0.8 + 3 * 0.5) / 4)
    assert [task.earned for task in ada.chapters[0].tasks] == [10]


@pytest.mark.parametrize(
    ("over", "share"),
    [(timedelta(-3), 1), (timedelta(minutes=15), 1), (timedelta(minutes=16), 0.9), (timedelta(1), 0.9),
     (timedelta(1, minutes=16), 0.8), (timedelta(40), 0.5)],
)  # fmt: skip
def test_what_lateness_leaves_follows_from_two_dates(over: timedelta, share: float) -> None:
    assert kept(DUE + over, DUE, Late(grace_minutes=15, per_day=10, most=50)) == pytest.approx(share)


def test_without_a_date_it_came_when_it_was_graded() -> None:
    scheme = Scheme(due=DUE)
    assert scheme.kept(LIGHT, None, DUE) == 1
    assert scheme.kept(LIGHT, None, DUE + timedelta(1)) == pytest.approx(0.9)
    assert Scheme().kept(LIGHT, None, DUE) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [("due = 2026-11-20T12:00:00", "due: Input should have timezone info"), ("[late]\nper_day = 200", "late.per_day"),
     ("weight = 1", "weight"), ("[chapters.77]\nweight = 1", "no chapter"), ("=", "cannot be read")],
)  # fmt: skip
def test_a_slip_in_the_scheme_is_told_in_a_sentence(text: str, told: str, tmp_path: Path, mini: Course) -> None:
    (tmp_path / "scheme.toml").write_text(text)
    with pytest.raises(Problem, match=told):
        Scheme.read(tmp_path / "scheme.toml", mini)


def test_the_cohort_is_counted_without_what_could_not_be_judged(ledger: Ledger) -> None:
    counts = check_counts(sheets(ledger, Scheme()))
    assert [(count.id, count.failed, count.judged) for count in counts] == [
        ("01.1/0", 1, 3), ("01.1/1", 1, 2), ("02.1/0", 0, 1), ("02.1/1", 1, 1),
    ]  # fmt: skip
    stuck = most_stuck(counts)
    assert stuck is not None
    assert (stuck.id, stuck.observed) == ("02.1/1", f"Seen in {KETTLE}.")
    assert most_stuck([]) is None


def test_the_ledger_as_json_fits_its_published_schema(ledger: Ledger) -> None:
    assert PUBLISHED.read_text() == results_schema(), (
        "onduty dev schema --results --write docs/grading/results.schema.json"
    )
    found = json.loads(results_json(ledger))
    jsonschema.validate(found, json.loads(results_schema()))
    assert [result["learner"]["id"] for result in found] == ["ada", "ada", "bob", "cleo"]


def test_who_has_no_result_has_no_course_and_no_date(ledger: Ledger) -> None:
    *_, dan = sheets(ledger, Scheme())
    drawn = page([dan])
    assert "Nothing has been graded." in drawn
    assert "Course " not in drawn
    assert datetime.now(UTC) - dan.judged < timedelta(hours=1)  # Classroom 50 wants a date, whatever there is


def test_the_command_shows_and_writes_what_the_ledger_has(ledger: Ledger, grade, tmp_path: Path) -> None:
    done = grade("--out", "out", "--summary", "--render", "csv=marks.csv", "--render", "gradescope=gs/{learner}.json",
                 "--render", "html=report.html", "--render", "json=all.json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Most are stuck on 02.1/1: 1 of 1 do not pass it." in done.stdout
    assert "No gradescope file for Cleo" in done.stderr
    assert (tmp_path / "marks.csv").read_text().splitlines()[1] == "ada,Ada,red,10,2.5,83.3"
    assert sorted(path.name for path in (tmp_path / "gs").iterdir()) == ["ada.json", "bob.json", "dan.json"]
    for arguments, told in (
        (["--out", "out"], "Name submissions"),
        (["--out", "out", "--render", "gradescope=x.json"], "{learner}"),
        (["--out", "out", "--render", "pdf=x"], "is not of the form FORM=FILE"),
        (["--out", "nowhere", "--summary"], "is no ledger"),
        (["--out", "out", "--render", "csv=report.html/x"], "cannot be written"),
    ):
        refused = grade(*arguments)
        assert refused.returncode == 2, arguments
        assert told in " ".join(refused.stderr.split())
        assert "Traceback" not in refused.stderr
