"""Waiting for a count to be reached, without asking again and again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import Callable


class News:
    """Whoever changes something tells; whoever waits for a number looks again then."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def tell(self) -> None:
        """Wake everybody who waits."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, count: Callable[[], int], wanted: int, within: float, what: str) -> int:
        """Wait until the count is at least what is wanted, and return it; raise Unmet when the time is over."""
        try:
            async with asyncio.timeout(within):
                while (found := count()) < wanted:
                    await self._changed.wait()
        except TimeoutError:
            expected = f"{wanted} {what}"
            raise Unmet(expected, f"{count()} of {wanted} {what} within {within:g} s") from None
        return found
