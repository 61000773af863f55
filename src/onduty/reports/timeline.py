"""A check's timeline as rows on a common scale; every rendering draws these rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from onduty.reports.model import TimelineEvent

MOST_ROWS = 20
NARROWEST_BAR = 10
"""Columns that the scale takes, from `0 s` to `12.3 s`."""
ALIKE = 3
"""So many neighbours with one label and one outcome are drawn as a single row."""
ENOUGH_OF_A_BAR = 24
PREFIX = "/api/v1/"


@dataclass(frozen=True)
class Row:
    lane: str
    label: str
    outcome: str
    start: float
    end: float
    moment: bool
    """A point in time, not a span."""


def span(events: Sequence[TimelineEvent]) -> float:
    return max((event.until or event.at for event in events), default=0.0)


def rows(events: Sequence[TimelineEvent]) -> list[Row]:
    end = span(events)
    drawn: list[list[Row]] = []
    for event in sorted(events, key=lambda event: event.at):
        row = Row(
            lane=event.lane,
            label=event.label,
            outcome=event.outcome or "",
            start=event.at,
            end=event.until if event.until is not None else (end if event.kind in {"request", "hold"} else event.at),
            moment=event.until is None and event.kind not in {"request", "hold"},
        )
        if drawn and (drawn[-1][0].lane, drawn[-1][0].label, drawn[-1][0].outcome) == (
            row.lane,
            row.label,
            row.outcome,
        ):
            drawn[-1].append(row)
        else:
            drawn.append([row])
    return [row for group in drawn for row in _folded(group)][:MOST_ROWS]


def _folded(group: list[Row]) -> list[Row]:
    if len(group) < ALIKE:
        return group
    first = group[0]
    return [
        Row(
            lane=first.lane,
            label=f"{len(group)} × {first.label}",
            outcome=first.outcome,
            start=first.start,
            end=max(row.end for row in group),
            moment=False,
        )
    ]


def text(events: Sequence[TimelineEvent], width: int) -> list[str]:
    """One line a row: label, bar, outcome; fits into `width` columns."""
    found = rows(events)
    if not found:
        return []
    total = max(span(events), 0.001)
    beside_outcomes = width - max(len(row.outcome) for row in found) - ENOUGH_OF_A_BAR - 4
    label_width = min(max(len(row.label) for row in found), max(width * 3 // 8, beside_outcomes))
    outcome_width = min(max(len(row.outcome) for row in found), width * 3 // 8, width - label_width - NARROWEST_BAR - 4)
    bar_width = max(NARROWEST_BAR, width - label_width - outcome_width - 4)
    lines = [
        f"{_fit(_short(row.label, label_width), label_width)}  {_bar(row, total, bar_width)}  "
        f"{_fit(row.outcome, outcome_width).rstrip()}"
        for row in found
    ]
    scale = f"0 s{f'{total:.1f} s':>{bar_width - 3}}"
    return [line.rstrip() for line in [*lines, f"{'':{label_width}}  {scale}"]]


def _bar(row: Row, total: float, width: int) -> str:
    start = min(int(row.start / total * width), width - 1)
    end = min(max(int(row.end / total * width), start + 1), width)
    body = "│" if row.moment else "█" * (end - start)
    return f"{'·' * start}{body}".ljust(width, "·")[:width]


def _short(label: str, width: int) -> str:
    """Where there is no room, go without what every request has in common rather than without what tells them apart."""
    return label if len(label) <= width else label.replace(PREFIX, "…/", 1)


def _fit(value: str, width: int) -> str:
    return value.ljust(width) if len(value) <= width else value[: width - 1] + "…"
