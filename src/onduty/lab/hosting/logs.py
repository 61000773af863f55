"""What a service logs, one JSON object a line, read as records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onduty.lab.hosting.output import Line, Output


@dataclass(frozen=True, slots=True)
class Record:
    """A line that is a JSON object: its fields, and the line itself. `record["status"]` is None where it has none."""

    line: Line
    fields: dict[str, Any]

    @classmethod
    def of(cls, line: Line) -> Record | None:
        """Read a line; None when it is no JSON object."""
        try:
            fields = json.loads(line.text, parse_constant=_refuse)
        except (ValueError, RecursionError):
            return None
        return cls(line, fields) if isinstance(fields, dict) else None

    def __getitem__(self, name: str) -> Any:
        return self.fields.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self.fields


class Logs:
    """The lines of an output as records; `since` takes a mark that `mark` gave earlier."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def mark(self) -> int:
        """Return a mark for `since`."""
        return self._output.mark()

    def lines(self, since: int = 0) -> list[Line]:
        """Return what has been printed, as it came."""
        self._output.drain()
        return self._output.since(since)

    def records(self, since: int = 0, *, holding: str = "") -> list[Record]:
        """Return the lines that are JSON objects, or of those the ones whose text holds `holding`."""
        return [record for line in self.lines(since) if holding in line.text and (record := Record.of(line))]

    def unreadable(self, since: int = 0) -> list[Line]:
        """Return the lines that are none, empty ones among them."""
        return [line for line in self.lines(since) if Record.of(line) is None]


def _refuse(constant: str) -> None:
    """NaN and Infinity are Python's idea of JSON, and nobody else's."""
    raise ValueError(constant)
