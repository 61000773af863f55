"""A check's timeline as a figure of a web page: a list that reads as text, with an SVG bar beside each line.

The rows are those that the terminal draws. Words and times are text of the page, so that they wrap on a phone, follow
the reader's font size and are read aloud; the bars add nothing to them but the picture. `timeline.css` dresses it.
"""

import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from onduty.reports.model import TimelineEvent
from onduty.reports.timeline import Row, rows, span
from onduty.reports.visible import visible

NARROWEST = 0.6
"""Per cent of the scale: what happened in no time can still be seen."""
_ANSWERED = re.compile(r"[1-4]\d\d\b")


def style() -> str:
    """The style sheet of the figure."""
    return files(__package__).joinpath("timeline.css").read_text(encoding="utf-8")


def figure(events: Sequence[TimelineEvent], caption: str, *, until: float | None = None) -> str:
    """Draw the timeline, or nothing where nothing happened; `until` gives two figures one scale."""
    found = rows(events)
    if not found:
        return ""
    total = max(until or 0.0, span(events), 0.001)
    items = "\n".join(_item(row, total) for row in found)
    return (
        f'<figure class="timeline">\n<figcaption>{escape(caption)}</figcaption>\n<ol>\n{items}\n</ol>\n'
        f'<p class="timeline__scale"><span>0 s</span><span>{total:.1f} s</span></p>\n</figure>'
    )


def _item(row: Row, total: float) -> str:
    when = _seconds(row.start) if row.moment else f"{_seconds(row.start)}\N{EN DASH}{_seconds(row.end)}"
    outcome = f"<span>{_text(row.outcome)}</span> " if row.outcome else ""
    return (
        f'<li class="timeline__row timeline__row--{_tone(row)}">'
        f'<span class="timeline__label">{_text(row.label)}</span> {_bar(row, total)} '
        f'<span class="timeline__outcome">{outcome}<span class="timeline__when">{when} s</span></span></li>'
    )


def _bar(row: Row, total: float) -> str:
    start = min(100 * row.start / total, 100 - NARROWEST)
    width = NARROWEST if row.moment else max(100 * (row.end - row.start) / total, NARROWEST)
    return (
        '<svg class="timeline__bar" width="100%" height="12" aria-hidden="true" focusable="false">'
        '<line x1="0" y1="6" x2="100%" y2="6"/>'
        f'<rect x="{start:.2f}%" y="{0 if row.moment else 2}" width="{min(width, 100 - start):.2f}%" '
        f'height="{12 if row.moment else 8}"/></svg>'
    )


def _tone(row: Row) -> str:
    """Which of three colours: what the lab did, a request that was answered, a request that was not."""
    if row.lane != "client":
        return "lab"
    return "answered" if _ANSWERED.match(row.outcome) else "unanswered"


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _text(value: str) -> str:
    return escape(visible(value))
