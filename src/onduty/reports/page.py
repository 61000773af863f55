"""Reports as one web page that stands alone: no script, nothing fetched, every timeline drawn."""

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import Final

from onduty.reports.gradebook import percent
from onduty.reports.model import ChapterResult, CheckResult, Explanation
from onduty.reports.sheet import Sheet, earned, is_unsettled, points
from onduty.reports.text import evidence_lines
from onduty.reports.timeline_figure import figure, style
from onduty.reports.verdict import Verdict
from onduty.reports.visible import visible

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def page(sheets: Sequence[Sheet]) -> str:
    several = len(sheets) > 1
    css = style() + files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    body = [*(_cohort(sheets) if several else ()), *(part for sheet in sheets for part in _sheet(sheet))]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>On Duty report</title>",
            f"<style>\n{css}</style>",
            "</head>",
            "<body>",
            "<main>",
            "<h1>On Duty</h1>",
            *body,
            "</main>",
            "</body>",
            "</html>\n",
        ]
    )


def _cohort(sheets: Sequence[Sheet]) -> Iterator[str]:
    slugs = sorted({chapter.slug for sheet in sheets for chapter in sheet.chapters})
    yield '<div class="wide" tabindex="0"><table>\n<thead><tr><th scope="col">Who</th>'
    yield "".join(f'<th scope="col">{_text(slug)}</th>' for slug in slugs)
    yield '<th scope="col">Per cent</th></tr></thead>\n<tbody>'
    for sheet in sheets:
        who = f'<a href="#{_anchor(sheet)}">{_text(sheet.name or sheet.id)}</a>'
        cells = "".join(f"<td>{_mark(sheet, sheet.chapter(slug))}</td>" for slug in slugs)
        total = "" if sheet.unsettled else f"{percent(sheet, sheets):.1f}"
        yield f'<tr><th scope="row">{who}</th>{cells}<td>{total}</td></tr>'
    yield "</tbody></table></div>"


def _mark(sheet: Sheet, chapter: ChapterResult | None) -> str:
    if chapter is None:
        return '<span class="soft">nothing</span>'
    if is_unsettled(chapter):
        return f'<span class="verdict">{chapter.verdict}</span>'
    return f"{sheet.counted(chapter):.4g} of {points(chapter):g}"


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f'<section class="sheet" id="{_anchor(sheet)}">'
    if sheet.name:
        yield f"<h2>{_text(sheet.name)}</h2>"
    yield from (f"<p>{_text(note)}</p>" for note in sheet.notes)
    if not sheet.chapters:
        yield "<p>Nothing has been graded.</p>"
    for chapter in sheet.chapters:
        yield from _chapter(sheet, chapter)
    if sheet.chapters:
        yield f'<p class="soft">Course {_text(sheet.course_version)}, {sheet.judged:%Y-%m-%d %H:%M} UTC</p>'
    yield "</section>"


def _chapter(sheet: Sheet, chapter: ChapterResult) -> Iterator[str]:
    passed = sum(check.verdict is Verdict.PASSED for check in chapter.checks)
    late = "" if sheet.counted(chapter) == earned(chapter) else f", {sheet.counted(chapter):.4g} after lateness"
    yield f"<h3>{chapter.number:02} {_text(chapter.title)}</h3>"
    yield (
        f"<p>{_verdict(chapter.verdict)}, {passed} of {len(chapter.checks)} checks, "
        f"{earned(chapter):g} of {points(chapter):g} points{late}</p>"
    )
    for check in chapter.checks:
        yield from _check(check)


def _check(check: CheckResult) -> Iterator[str]:
    drawn = figure(check.timeline, f"{check.id}: what happened")
    line = f"{_verdict(check.verdict)} <strong>{_text(check.id)}</strong> {_text(check.promise)}"
    if check.explanation is None and not drawn:
        yield f"<p>{line}</p>"
        return
    opened = " open" if check.verdict is not Verdict.PASSED else ""
    yield f"<details{opened}><summary>{line}</summary>"
    if check.explanation is not None:
        yield from _explanation(check.explanation)
    yield drawn
    yield "</details>"


def _explanation(told: Explanation) -> Iterator[str]:
    evidence = "\n".join(evidence_lines(told))
    rows = [("Expected", told.expected), ("Observed", told.observed), ("Likely", told.likely or ""),
            ("Done", "\n".join(told.done)), ("Evidence", evidence), ("Next", told.next)]  # fmt: skip
    yield "<dl>"
    yield from (f"<dt>{name}</dt><dd><pre>{_text(value)}</pre></dd>" for name, value in rows if value)
    yield "</dl>"


def _verdict(verdict: Verdict) -> str:
    tone = " verdict--passed" if verdict is Verdict.PASSED else ""
    return f'<span class="verdict{tone}">{verdict}</span>'


def _anchor(sheet: Sheet) -> str:
    return f"of-{escape(sheet.id)}" if sheet.id else "report"


def _text(text: str) -> str:
    return escape(visible(text))
