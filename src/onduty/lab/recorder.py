"""The timeline of a check: what happened when, in the lanes a report draws."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from types import TracebackType

Kind = Literal["request", "mark", "hold", "signal", "log"]


@dataclass
class Event:
    """One thing that happened, at a moment or over a span of time (`until`), in seconds since the check began."""

    at: float
    lane: str
    kind: Kind
    label: str
    until: float | None = None
    outcome: str | None = None


class Span:
    """An event that is still going on; it ends once, by `end` or by leaving the `with` block."""

    def __init__(self, event: Event, origin: float) -> None:
        self.event = event
        self._origin = origin

    def end(self, outcome: str | None = None) -> None:
        """Close the span now, unless it is closed already."""
        if self.event.until is None:
            self.event.until = time.monotonic() - self._origin
            self.event.outcome = outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


class Timeline:
    """Every event of the check that is running. Recording never waits, so any task may record at any time."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin anew: a check is about to start. A span still open ends on the old timeline."""
        self._origin = time.monotonic()
        self._events: list[Event] = []

    def now(self) -> float:
        """Return the seconds since the check began."""
        return time.monotonic() - self._origin

    @property
    def events(self) -> list[Event]:
        """The events so far, in the order in which they began."""
        return list(self._events)

    def mark(self, label: str, *, lane: str = "lab", kind: Kind = "mark", outcome: str | None = None) -> Event:
        """Record something that happens at this moment."""
        event = Event(self.now(), lane, kind, label, outcome=outcome)
        self._events.append(event)
        return event

    def span(self, label: str, lane: str = "lab", kind: Kind = "hold") -> Span:
        """Record something that begins now and ends later."""
        return Span(self.mark(label, lane=lane, kind=kind), self._origin)
