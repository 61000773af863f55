"""What came back from one request, or why nothing did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from onduty.lab.unmet import Unmet

SHOWN = 120


class Headers(Mapping[str, str]):
    """Headers of an answer: names in any case; a header sent several times is joined with commas."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in raw:
            self._values.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._values[name.lower()])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(dict(self))

    def all(self, name: str) -> list[str]:
        """Return every value of a header, in the order in which they were sent."""
        return self._values.get(name.lower(), [])


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """An answer, or its absence: then `status_code` is None and `outcome` says why.

    `request` names what was asked ("GET /health/live"), `curl` is how a learner can ask the same.
    """

    status_code: int | None
    outcome: str
    request: str
    curl: str
    seconds: float
    headers: Headers = field(default_factory=Headers)
    content: bytes = b""

    def __repr__(self) -> str:
        return f"{self.request} → {self.outcome}"

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """Return the body as JSON, or raise Unmet: an answer was expected, or one that is JSON."""
        if self.status_code is None:
            expected = f"an answer to {self.request}"
            raise Unmet(expected, self.outcome)
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            shown = repr(self.text[:SHOWN]) if self.content else "an empty body"
            expected = f"JSON from {self.request}"
            raise Unmet(expected, f"{self.outcome} with {shown}") from None
