"""`onduty grade --summary`: the cohort in a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from onduty.cli.console import Cell, say, show_rows
from onduty.reports.visible import visible

if TYPE_CHECKING:
    from onduty.reports.sheet import Sheet


def show_summary(sheets: "Sequence[Sheet]") -> None:
    """Learners by chapters, how often each check fails, and what most are stuck on."""
    from onduty.grading.statistics import check_counts, most_stuck

    counts = check_counts(sheets)
    say()
    show_rows(_learners(sheets))
    if not counts:
        return
    say()
    rows: list[list[Cell]] = [[("check", "bold"), ("failed", "bold"), ("promise", "bold")]]
    rows += [
        [count.id, f"{count.failed} of {count.judged}, {count.rate:.0%}", visible(count.promise)] for count in counts
    ]
    show_rows(rows)
    stuck = most_stuck(counts)
    if stuck:
        say()
        say(("Most are stuck on ", "bold"), f"{stuck.id}: {stuck.failed} of {stuck.judged} do not pass it.")
        if stuck.observed:
            say(f"Most often observed ({stuck.times} of {stuck.failed}): {visible(stuck.observed)}")


def _learners(sheets: "Sequence[Sheet]") -> list[list[Cell]]:
    from onduty.reports.gradebook import percent

    slugs = sorted({chapter.slug for sheet in sheets for chapter in sheet.chapters})
    rows: list[list[Cell]] = [[(heading, "bold") for heading in ("who", *slugs, "per cent")]]
    for sheet in sheets:
        total = "-" if sheet.unsettled else f"{percent(sheet, sheets):.1f}"
        rows.append([visible(sheet.name), *(_mark(sheet, slug) for slug in slugs), total])
    return rows


def _mark(sheet: "Sheet", slug: str) -> str:
    from onduty.reports.sheet import is_unsettled, points

    chapter = sheet.chapter(slug)
    if chapter is None:
        return "-"
    if is_unsettled(chapter):
        return chapter.verdict
    late = f" late, {sheet.kept[slug]:.0%} kept" if slug in sheet.kept else ""
    return f"{sheet.counted(chapter):.4g} of {points(chapter):g}{late}"
