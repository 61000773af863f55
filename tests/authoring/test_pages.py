"""Pages of the site: recorded runs, and what is written from them."""

import json
import sys
from pathlib import Path

import pytest

from onduty.authoring.pages import excerpts, grading_pages, markup
from onduty.authoring.pages.architecture import diagram
from onduty.authoring.pages.bank_pages import wrong_turns
from onduty.authoring.pages.chapter_page import page
from onduty.authoring.pages.course_pages import BEGIN, END, navigation
from onduty.authoring.pages.recording import Recording, anonymous, path_of, stands
from onduty.authoring.pages.report_page import fields
from onduty.authoring.pages.sections import Document
from onduty.course.catalog import Course
from onduty.reports.verdict import Verdict

SCHEMA = "checks/schema.sql"


@pytest.fixture(autouse=True)
def _schema(root: Path) -> None:
    (root / SCHEMA).write_text("")


@pytest.fixture
def recording(course: Course) -> Recording:
    """The first chapter, recorded."""
    taken = Recording.take(course.chapters[0])
    taken.write(course.chapters[0])
    return taken


def test_a_recording_stands_until_something_that_runs_is_changed(course: Course, recording: Recording) -> None:
    chapter = course.chapters[0]
    assert recording.starter.result.verdict is Verdict.FAILED
    assert recording.solution.result.verdict is Verdict.PASSED
    assert stands(chapter)
    with (chapter.starter / "README.md").open("a") as readme:
        readme.write("A word more.\n")
    assert stands(chapter)
    with (chapter.starter / "app" / "health.py").open("a") as app:
        app.write("# A comment more.\n")
    assert not stands(chapter)


def test_a_recording_names_no_place_of_this_machine(course: Course, recording: Recording) -> None:
    kept = path_of(course.chapters[0]).read_text("utf-8")
    assert json.loads(kept)["starter"]["logs"].keys() == recording.starter.checks.keys()
    assert "/tmp" not in kept
    assert str(Path.home()) not in kept


def test_a_damaged_recording_is_none(course: Course, recording: Recording) -> None:
    path_of(course.chapters[0]).write_text("{")
    assert Recording.read(course.chapters[0]) is None
    assert not stands(course.chapters[0])


def test_a_page_tells_the_incident_in_order(course: Course, recording: Recording) -> None:
    text = page(course, course.chapters[0], recording)
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    order = [
        "The page",
        "Tasks",
        "The check",
        "The incident",
        "What the solution changes",
        "Why it works",
        "In production",
    ]
    assert [heading for heading in headings if heading in order] == order
    assert "$ onduty check 1 --starter --seed 1001" in text
    assert text.count('??? tip "A nudge"') == len(course.chapters[0].tasks)
    assert "Starter: failed" in text


def test_a_page_without_a_recording_still_tells_the_incident(course: Course) -> None:
    text = page(course, course.chapters[0], None)
    assert "## Tasks" in text
    assert "## The check" not in text


def test_the_diff_leaves_out_markers_and_what_is_not_taught(root: Path, course: Course) -> None:
    health = root / "chapters/01-first-light/app/health.py"
    health.write_text("# TODO(01.1): what does this answer?\n" + health.read_text())
    (root / "chapters/01-first-light/notes.txt").write_text("before\n")
    (root / "solutions/01-first-light/notes.txt").write_text("after\n")
    assert "TODO" not in excerpts.changes(course.chapters[0])
    assert "+" in excerpts.changes(course.chapters[0])
    assert "README" not in excerpts.changes(course.chapters[0])
    assert "notes.txt" not in excerpts.changes(course.chapters[0])


def test_an_excerpt_is_the_statement_that_a_marker_stands_at(root: Path, course: Course) -> None:
    place = root / "chapters/01-first-light/app/health.py"
    place.write_text(
        "import os\n\n\ndef one():\n    return 1\n\n\n# TODO(01.1): and this?\n@cached\ndef two():\n    return 2\n"
    )
    (found,) = [excerpt for excerpt in excerpts.marked(course.chapters[0]) if excerpt.path == "app/health.py"]
    assert found.text == "# TODO(01.1): and this?\n@cached\ndef two():\n    return 2"


def test_a_readme_is_taken_apart(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(
        "# 01 Title\n\n> **02:41** `web` died.\n> And stayed dead.\n> **02:58** Restarted.\n\nA story.\n\n## Tasks\n\n"
        "- **01.1 Live.** Say so,\n  always.\n- **01.2 Die.** See [02](../02-held-kettle/README.md) and "
        "the contract (`onduty contract`).\n"
    )
    readme = Document.read(file)
    assert [(notice.time, notice.text) for notice in readme.notices] == [
        ("02:41", "`web` died. And stayed dead."),
        ("02:58", "Restarted."),
    ]
    assert readme.story == "A story."
    assert readme.tasks == {
        "01.1": "Say so, always.",
        "01.2": "See [02](02-held-kettle.md) and the contract ([`onduty contract`](../reference/service.md)).",
    }


def test_text_of_the_learners_world_stays_text() -> None:
    assert markup.fence("```", "text").startswith("````text")
    assert markup.table(("a|b",), [("c\nd",)]).splitlines()[::2] == ["| a\\|b |", "| c d |"]


def test_wrong_turns_come_from_the_bank(course: Course, root: Path) -> None:
    for chapter in course.incidents[1:]:
        starter = root / "tests/variants" / chapter.name / "starter.toml"
        starter.parent.mkdir(parents=True, exist_ok=True)
        starter.write_text('why = "It waits."\n')
    told = wrong_turns(course)
    assert "| It lies. | `says-live` |" in told
    assert "- `says-live`: app/health.py answers with another status code" in told


def test_the_navigation_is_written_between_its_marks(course: Course) -> None:
    written = navigation(course, f"nav:\n{BEGIN}      - old: old.md\n{END}  - more\n")
    assert "old.md" not in written
    assert "      - 01 First light: chapters/01-first-light.md\n" in written
    assert navigation(course, written) == written


def test_a_class_is_graded_and_what_was_printed_stands_until_the_chapter_changes(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading_pages, "CHAPTER", "first-light")
    monkeypatch.setattr(
        grading_pages,
        "COMMANDS",
        {name: said.replace("--chapter 5", "--chapter 1") for name, said in grading_pages.COMMANDS.items()},
    )
    path_of(course.chapters[0]).parent.mkdir(parents=True, exist_ok=True)
    assert not grading_pages.stands(course)
    grading_pages.record(course)
    assert grading_pages.stands(course)
    assert "✓ Ada Lovelace  01-first-light  15 of 15 points" in grading_pages.shown(course, "grading-run")
    assert "Most often observed (1 of 1): " in grading_pages.shown(course, "grading-summary")
    with (course.chapters[0].starter / "app" / "health.py").open("a") as app:
        app.write("# A comment more.\n")
    assert not grading_pages.stands(course)


def test_the_reports_reference_names_types_as_one_would_say_them() -> None:
    rows = [line.split(" | ") for line in fields().splitlines() if line.startswith("| `") and line.count(" | ") > 1]
    assert {kind for _, kind, *_ in rows if "[" not in kind} == {
        "1", "text", "number", "number or nothing", "text or nothing", "whole number", "yes or no", "list of text",
    }  # fmt: skip


def test_the_diagram_is_drawn_from_the_imports() -> None:
    drawn = diagram()
    assert "    checking --> lab\n" in drawn
    assert "    lab --> checking\n" not in drawn


def test_paths_of_this_machine_are_taken_out_wherever_they_stand() -> None:
    told = (
        f"{sys.prefix}/bin/gunicorn in /dev/shm/onduty-run-ab1/service-0f/app and /tmp/onduty-run-ab1/service-0f/home"
    )
    assert anonymous(told) == "…/bin/gunicorn in /srv/night-owl and /srv/home"
