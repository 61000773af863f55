"""Remembers answers for a minute."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

MINUTE = 60.0

T = TypeVar("T")
_answers: dict[object, tuple[float, object]] = {}


async def remembered(key: object, ask: Callable[[], Awaitable[T]]) -> T:
    found = _answers.get(key)
    if found is None or found[0] < time.monotonic():
        found = _answers[key] = (time.monotonic() + MINUTE, await ask())
    return found[1]  # type: ignore[return-value]
