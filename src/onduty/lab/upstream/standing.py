"""A behaviour of the payment provider while it is in force, and the special one that holds calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from onduty.lab.upstream.behaviours import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable

    from onduty.lab.news import News
    from onduty.lab.recorder import Span
    from onduty.lab.upstream.exchange import Call, Exchange
    from onduty.lab.upstream.ledger import Reply
    from onduty.lab.upstream.payments import Payments

EVERY_CALL, PATH, REFERENCE, HELD = 1, 2, 3, 4


class Standing:
    """In force until `end`, or until its `with` (or `async with`) block is left."""

    def __init__(self, payments: Payments, behaviour: Behaviour, on: str | None) -> None:
        self.behaviour = behaviour
        self.span: Span | None = None
        self._payments = payments
        self._on = on
        self._ended = False

    @property
    def label(self) -> str:
        """What the timeline calls it."""
        return f"{self.behaviour.name}: {self._on or 'every call'}"

    def rank(self, call: Call) -> int | None:
        """Return how specific this is to the call, or None if it is not about it."""
        if self._on is None:
            return EVERY_CALL
        if self._on.startswith("/"):
            return PATH if f"{call.path}/".startswith(f"{self._on.rstrip('/')}/") else None
        return REFERENCE if call.reference == self._on else None

    def end(self) -> None:
        """Take the behaviour out of force."""
        if not self._ended:
            self._ended = True
            self._payments.ended(self)
            if self.span:
                self.span.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.end()


class Held(Standing):
    """Calls that wait: `waiting` are those that are there now. Released calls meet what else is in force."""

    def __init__(self, payments: Payments, on: str | None, news: News) -> None:
        super().__init__(payments, Behaviour("hold", self._act), on)
        self.waiting: list[Call] = []
        self._news = news
        self._released = asyncio.Event()

    def rank(self, call: Call) -> int | None:
        """Go before every other behaviour towards the calls that this is about."""
        return None if super().rank(call) is None else HELD

    async def until(self, wanted: int = 1, within: float = 5.0) -> int:
        """Wait until so many calls are held at once."""
        return await self._news.until(lambda: len(self.waiting), wanted, within, "calls held at the payment provider")

    def release(self) -> None:
        """Let every held call go on, and hold no more."""
        self._released.set()
        if self.span:
            self.span.end("released")

    def end(self) -> None:
        """Release every call and take the hold out of force."""
        self.release()
        super().end()

    async def _act(self, exchange: Exchange, books: Callable[[], Reply]) -> None:
        self.waiting.append(exchange.call)
        self._news.tell()
        try:
            await self._released.wait()
        finally:
            self.waiting.remove(exchange.call)
        await self._payments.behaviour_towards(exchange.call, below=self).act(exchange, books)
