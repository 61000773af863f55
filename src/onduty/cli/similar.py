"""`onduty similar`."""

from pathlib import Path
from typing import Annotated

import typer

from onduty.cli.console import Cell, note, say, show_rows
from onduty.cli.here import chapter_names
from onduty.course.catalog import Chapter, Course

MEANING = (
    "Alike is not copied: a short fix has few right forms, and two who learned together write alike. Read both before "
    "you ask anybody."
)


def similar(
    submissions: Annotated[list[str], typer.Argument(metavar="DIR", help="As `onduty grade` takes them.")],
    *,
    chapters: Annotated[
        list[str] | None,
        typer.Option("--chapter", "-c", metavar="N", help="Only this chapter.", autocompletion=chapter_names),
    ] = None,
    roster: Annotated[Path | None, typer.Option(metavar="FILE", help="As for `onduty grade`.")] = None,
    least: Annotated[float, typer.Option(min=0, max=100, metavar="PERCENT", help="Show pairs from here on.")] = 50.0,
    few: Annotated[int, typer.Option(min=1, metavar="N", help="Leave out who shares fewer sequences.")] = 20,
) -> int:
    """Show which submissions are alike, beside what the starter gave to all of them.

    Names, texts, numbers, comments and layout make no difference. It is a hint where to read, and no proof of anything.
    """
    from onduty.grading.cohort import cohort
    from onduty.grading.intake import take
    from onduty.reports.visible import visible

    course = Course.find_course()
    wanted = [course.find(name) for name in chapters or []] or list(course.chapters)
    files: dict[str, dict[str, dict[str, bytes]]] = {chapter.name: {} for chapter in wanted}
    makers: dict[str, list[str]] = {}
    for each in cohort(course, submissions, roster).submissions:
        if each.source:
            makers.setdefault(each.source, []).append(f"{each.learner.name} ({each.learner.id})")
    for source, names in makers.items():
        intake = take(source, wanted, every=False)
        if intake.nothing is not None:
            note(visible(f"{' with '.join(names)}: {intake.nothing.problem} Nothing of it is compared."))
        for name, taken in intake.chapters.items():
            if taken.files:
                files[name][" with ".join(names)] = {path: file.content for path, file in taken.files.items()}
    rows = [row for chapter in wanted for row in _rows(chapter, files[chapter.name], least, few)]
    if rows:
        headings: list[Cell] = [(text, "bold") for text in ("chapter", "one", "other", "alike", "shared")]
        show_rows([headings, *rows])
        note(MEANING)
    else:
        say(f"No two submissions share {least:g} % and {few} sequences or more.")
    return 0


def _rows(chapter: Chapter, files: dict[str, dict[str, bytes]], least: float, few: int) -> list[list[Cell]]:
    from onduty.grading.similarity import pairs

    starter = {
        path.relative_to(chapter.starter).as_posix(): path.read_bytes() for path in chapter.starter.rglob("*.py")
    }
    return [
        [chapter.name, pair.one, pair.other, f"{pair.share:.0%}", f"{pair.shared} of {pair.of}"]
        for pair in pairs(files, starter)
        if 100 * pair.share >= least and pair.shared >= few
    ]
