"""Which pages and fragments are generated, writing them, and saying which are not as they would be written now."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from onduty.authoring.pages import architecture, bank_pages, command_pages, course_pages, grading_pages, report_page
from onduty.authoring.pages.chapter_page import page
from onduty.authoring.pages.recording import Recording, recorded, stands
from onduty.course.catalog import Course
from onduty.reports.timeline_figure import style

FRAGMENTS: Final[Mapping[str, Callable[[Course], str]]] = {
    "architecture.md": lambda _: architecture.diagram(),
    "bank.md": bank_pages.bank_table,
    "commands.md": lambda _: command_pages.commands(),
    "findings.md": lambda _: command_pages.findings(),
    "grading-run.md": lambda course: grading_pages.shown(course, "grading-run"),
    "grading-summary.md": lambda course: grading_pages.shown(course, "grading-summary"),
    "map.md": course_pages.course_map,
    "prerequisites.md": course_pages.prerequisites,
    "replay.md": course_pages.replay,
    "report.md": lambda _: report_page.fields(),
    "wrong-turns.md": bank_pages.wrong_turns,
}
"""Parts of hand-written pages, under docs/fragments/."""


def record(course: Course, *, again: bool, numbers: Iterable[int] = ()) -> Iterator[str]:
    """Record what has no recording of its present files (with `again`, everything named); yields a line for each."""
    wanted = set(numbers)
    for chapter in filter(recorded, course.chapters):
        if (wanted and chapter.number not in wanted) or (stands(chapter) and not again):
            continue
        recording = Recording.take(chapter)
        recording.write(chapter)
        seconds = recording.starter.result.seconds + recording.solution.result.seconds
        yield f"{chapter.name}: starter and solution recorded, {seconds:.1f} s"
    if not grading_pages.stands(course) or (again and not wanted):
        grading_pages.record(course)
        yield "A class of two graded and recorded"


def write(course: Course) -> Iterator[str]:
    """Write every page that would be different; yields the paths."""
    for path, text in _texts(course).items():
        if _read(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            yield path.relative_to(course.root).as_posix()


def stale(course: Course) -> Iterator[str]:
    """What `onduty dev pages` would do, one sentence each."""
    for chapter in filter(recorded, course.chapters):
        if not stands(chapter):
            yield f"{chapter.name}: its starter, solution or checks changed since its runs were recorded."
    if not grading_pages.stands(course):
        yield f"{grading_pages.CHAPTER} changed since a class was graded with it and recorded."
    for path, text in _texts(course).items():
        if _read(path) != text:
            yield f"{path.relative_to(course.root).as_posix()} is not what its sources say now."


def _texts(course: Course) -> dict[Path, str]:
    docs = course.root / "docs"
    mkdocs = course.root / "mkdocs.yml"
    return {
        **{docs / "fragments" / name: make(course) for name, make in FRAGMENTS.items()},
        **{
            docs / "chapters" / f"{chapter.name}.md": page(course, chapter, Recording.read(chapter))
            for chapter in course.chapters
        },
        docs / "assets" / "css" / "timeline.css": style(),
        mkdocs: course_pages.navigation(course, mkdocs.read_text("utf-8")),
    }


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None
