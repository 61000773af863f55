"""Which task a check belongs to."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Check = TypeVar("Check", bound=Callable[..., Awaitable[None]])

DEFAULT_LIMIT = 30.0


@dataclass(frozen=True)
class Label:
    """What a check says of itself: `05.1`, `liveness-answers`, and the seconds it may take at the very most."""

    task: str
    name: str
    limit: float
    copies: int
    """So many copies of the app it will start; their start begins while the check before it waits."""

    @property
    def id(self) -> str:
        return f"{self.task}/{self.name}"


def task(
    task: str,
    *,
    id: str,  # noqa: A002 - reads as in the design
    limit: float = DEFAULT_LIMIT,
    copies: int = 0,
) -> Callable[[Check], Check]:
    """Mark an `async def test_…` as a check of a chapter's task.

    `limit` are the seconds it may take at the very most. For a check that starts the app itself, `copies` says how
    often with the shared service's environment: their start begins while the check before it waits.
    """

    def mark(check: Check) -> Check:
        check.__onduty__ = Label(task, id, limit, copies)  # type: ignore[attr-defined]
        return check

    return mark


def label_of(check: Callable[..., object]) -> Label | None:
    return getattr(check, "__onduty__", None)


_DECORATED = re.compile(r'^@task\(\s*"(?P<task>[\d.]+)",\s*id="(?P<name>[a-z0-9-]+)"', re.MULTILINE)


def names_in(checks: Path) -> list[str]:
    """The ids of the checks in a chapter's directory, read without importing them."""
    return [
        f"{found['task']}/{found['name']}"
        for file in sorted(checks.glob("test_*.py"))
        for found in _DECORATED.finditer(file.read_text(encoding="utf-8"))
    ]
