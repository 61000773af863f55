"""Everybody's points as a CSV file that a spreadsheet opens without running anything."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from onduty.reports.sheet import Sheet, is_unsettled, points

FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")


def gradebook(sheets: Sequence[Sheet]) -> str:
    """A line a person; a chapter that was not handed in, or could not be judged, is an empty cell."""
    slugs = sorted({chapter.slug for sheet in sheets for chapter in sheet.chapters})
    fields = list(dict.fromkeys(name for sheet in sheets for name in sheet.fields))
    table = io.StringIO()
    lines = csv.writer(table)
    lines.writerow([inert(name) for name in ("id", "name", *fields, *slugs, "per cent")])
    for sheet in sheets:
        known = [inert(sheet.fields.get(name, "")) for name in fields]
        marks = [_mark(sheet, slug) for slug in slugs]
        lines.writerow([inert(sheet.roster_id or sheet.id), inert(sheet.name), *known, *marks, _percent(sheet, sheets)])
    return table.getvalue()


def percent(sheet: Sheet, sheets: Sequence[Sheet]) -> float:
    """What somebody has of everything that anybody was graded for."""
    worth = {chapter.slug: points(chapter) for other in sheets for chapter in other.chapters}
    weights = {slug: sheet.weights.get(slug, most) for slug, most in worth.items()}
    got = sum(
        weights[chapter.slug] * sheet.counted(chapter) / points(chapter)
        for chapter in sheet.chapters
        if points(chapter) and not is_unsettled(chapter)
    )
    return 100 * got / (sum(weights.values()) or 1)


def inert(text: str) -> str:
    """The text, marked as text where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _percent(sheet: Sheet, sheets: Sequence[Sheet]) -> str:
    return "" if sheet.unsettled else f"{percent(sheet, sheets):.1f}"


def _mark(sheet: Sheet, slug: str) -> str:
    chapter = sheet.chapter(slug)
    return "" if chapter is None or is_unsettled(chapter) else f"{round(sheet.counted(chapter), 2):g}"
