"""The summary of a job on GitHub: Markdown, never larger than GitHub takes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from onduty.reports.model import ChapterResult, CheckResult
from onduty.reports.sheet import Sheet, earned, is_unsettled, points
from onduty.reports.text import explanation_lines
from onduty.reports.verdict import Verdict
from onduty.reports.visible import visible
from onduty.reports.workflow import harmless

LARGEST: Final = 1 << 20
"""Bytes; GitHub shows nothing of a summary that is larger."""
CUT: Final = "\n_The rest is left out: a summary on GitHub may have 1 MiB. The report has all of it._\n"
_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")


def job_summary(sheets: Sequence[Sheet]) -> str:
    return _capped(harmless(part) for part in _parts(sheets))


def _parts(sheets: Sequence[Sheet]) -> Iterator[str]:
    """Pieces that may be the last: the table first, row by row, then every failure."""
    yield "## On Duty\n\n"
    several = len(sheets) > 1
    yield ("| who " if several else "") + "| chapter | verdict | checks | points |\n"
    yield ("| --- " if several else "") + "| --- | --- | ---: | ---: |\n"
    for sheet in sheets:
        for chapter in sheet.chapters:
            yield (f"| {_plain(sheet.name)} " if several else "") + _row(sheet, chapter)
    yield "\n"
    for sheet in sheets:
        yield from (f"> {_plain(note)}\n\n" for note in sheet.notes)
        for chapter in sheet.chapters:
            for check in chapter.checks:
                if check.verdict is not Verdict.PASSED:
                    yield _failure(f"{sheet.name}: " if several else "", check)


def _row(sheet: Sheet, chapter: ChapterResult) -> str:
    passed = sum(check.verdict is Verdict.PASSED for check in chapter.checks)
    counted = "no mark" if is_unsettled(chapter) else f"{sheet.counted(chapter):.4g} of {points(chapter):g}"
    if sheet.counted(chapter) != earned(chapter):
        counted += f" (late; {earned(chapter):g} before)"
    return f"| {chapter.slug} | {chapter.verdict} | {passed} of {len(chapter.checks)} | {counted} |\n"


def _failure(whose: str, check: CheckResult) -> str:
    heading = escape(visible(f"{whose}{check.id} {check.verdict}"))
    told = escape(visible("\n".join(explanation_lines(check))), quote=False)
    return f"<details><summary>{heading}</summary>\n\n<pre>\n{told}\n</pre>\n\n</details>\n\n"


def _plain(text: str) -> str:
    """Text that is neither Markdown nor HTML, on one line."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(visible(text).split()))


def _capped(parts: Iterable[str]) -> str:
    kept: list[str] = []
    left = LARGEST - len(CUT.encode())
    for part in parts:
        left -= len(part.encode())
        if left < 0:
            return "".join([*kept, CUT])
        kept.append(part)
    return "".join(kept)
