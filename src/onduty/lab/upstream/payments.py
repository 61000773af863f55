"""The payment provider, an HTTP server in the checker's own process that behaves as the check wants it to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from onduty.lab.network.door import Door
from onduty.lab.network.ports import HOST
from onduty.lab.news import News
from onduty.lab.upstream.behaviours import (
    Behaviour,
    answer,
    cut,
    decline,
    dribble,
    dribble_head,
    fail,
    headers_only,
    never_accept,
    nonsense,
    refuse,
    silent,
)
from onduty.lab.upstream.exchange import Call, Exchange, Visit
from onduty.lab.upstream.ledger import Json, Ledger
from onduty.lab.upstream.standing import Held, Standing

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from onduty.lab.recorder import Timeline

__all__ = [
    "Behaviour",
    "Call",
    "Held",
    "Payments",
    "answer",
    "cut",
    "decline",
    "dribble",
    "dribble_head",
    "fail",
    "headers_only",
    "never_accept",
    "nonsense",
    "refuse",
    "silent",
]


class Payments:
    """The provider that PAYMENTS_URL names. It answers well unless told otherwise, and records every call.

    Create it inside the event loop that will run it. What reaches it is in `calls`, what it has booked in `charges`
    and `refunds`; `connections` counts those made to it, `connected` those that are open now.
    """

    def __init__(self, timeline: Timeline) -> None:
        self.calls: list[Call] = []
        self.connections = 0
        self._timeline = timeline
        self._ledger = Ledger()
        self._news = News()
        self._visits: set[Visit] = set()
        self._standing: list[Standing] = []
        self._arrivals: set[asyncio.Task[object]] = set()
        self._port_mode: Callable[[Door], None] = Door.open
        self._door = Door(self._admit)
        self.url = f"http://{HOST}:{self._door.port}"

    @property
    def charges(self) -> list[Json]:
        """Every charge made, oldest first."""
        return list(self._ledger.charges.values())

    @property
    def refunds(self) -> list[Json]:
        """Every refund made, oldest first."""
        return list(self._ledger.refunds.values())

    @property
    def connected(self) -> int:
        """The number of connections that are open."""
        return len(self._visits)

    def behaves(self, behaviour: Behaviour | Callable[[], Behaviour], *, on: str | None = None) -> Standing:
        """Behave like this from now on: towards every call, or only `on` a reference or a path ("order-7", "/refunds").

        A reference goes before a path, a path before the rest, and the latest before those that stood. Used in a
        `with` statement it ends with the block, otherwise with `reset`.
        """
        chosen = behaviour if isinstance(behaviour, Behaviour) else behaviour()
        if chosen.port and on:
            message = f"`{chosen.name}` is about the provider's port: it cannot be limited to {on}."
            raise ValueError(message)
        return self._stand(Standing(self, chosen, on))

    def held(self, *, on: str | None = None) -> Held:
        """Hold every call (or those `on` a reference or path) until `release`, or the end of the `with` block."""
        held = Held(self, on, self._news)
        self._stand(held)
        return held

    async def until_called(self, wanted: int = 1, within: float = 5.0) -> int:
        """Wait until so many calls have come."""
        return await self._news.until(lambda: len(self.calls), wanted, within, "calls to the payment provider")

    async def until_given_up(self, wanted: int = 1, within: float = 5.0) -> int:
        """Wait until the service has closed the connection on so many calls that had no whole answer."""

        def given_up() -> int:
            return sum(call.given_up_at is not None for call in self.calls)

        return await self._news.until(given_up, wanted, within, "calls to the payment provider given up")

    def reset(self) -> None:
        """Behave well again and forget the calls: a check is about to start. What was booked stays booked."""
        for standing in reversed(self._standing.copy()):
            standing.end()
        for visit in self._visits.copy():
            if visit.busy:
                visit.end()
        self.calls.clear()
        self.connections = 0

    async def close(self) -> None:
        """Close the port and every connection."""
        self._door.close()
        await asyncio.gather(*self._arrivals)
        for visit in self._visits.copy():
            visit.end()
        while self._visits:  # noqa: ASYNC110 - one or two turns of the loop
            await asyncio.sleep(0)

    def ended(self, standing: Standing) -> None:
        """Take a behaviour out of force."""
        self._standing.remove(standing)
        self._set_port()

    def behaviour_towards(self, call: Call, *, below: Standing | None = None) -> Behaviour:
        """Return the behaviour in force towards a call, leaving out `below` itself."""
        fits = [s for s in self._standing if s is not below and not s.behaviour.port and s.rank(call) is not None]
        return max(fits, key=lambda standing: standing.rank(call) or 0).behaviour if fits else answer()

    def _stand(self, standing: Standing) -> Standing:
        self._standing.insert(0, standing)
        standing.span = self._timeline.span(standing.label, "payments")
        self._set_port()
        return standing

    def _set_port(self) -> None:
        mode = next((s.behaviour.port for s in self._standing if s.behaviour.port), Door.open)
        if mode is not self._port_mode:
            self._port_mode = mode
            mode(self._door)
            if mode is not Door.open:
                for visit in self._visits.copy():
                    visit.end()

    def _admit(self, visitor: socket.socket) -> None:
        self.connections += 1
        arrival = asyncio.create_task(self._arrive(visitor))
        self._arrivals.add(arrival)
        arrival.add_done_callback(self._arrivals.discard)

    async def _arrive(self, visitor: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        _, visit = await loop.connect_accepted_socket(lambda: Visit(self._handle, self._visits), visitor)
        if self._port_mode is not Door.open:
            visit.end()  # it came through the door a moment before that was shut to everybody

    async def _handle(self, exchange: Exchange) -> None:
        call = exchange.call
        call.reference = self._ledger.reference(call.target, call.json)
        call.at = self._timeline.now()
        self.calls.append(call)
        self._news.tell()
        span = self._timeline.span(str(call), "payments", "request")
        try:
            await self.behaviour_towards(call).act(exchange, lambda: self._books(call))
        except asyncio.CancelledError:
            if not exchange.over:
                call.outcome, call.given_up_at = "given up by the caller", self._timeline.now()
            raise
        finally:
            span.end(call.outcome)
            self._news.tell()

    def _books(self, call: Call) -> tuple[int, Json]:
        return self._ledger.reply(call.method, call.target, call.json, call.headers.get("idempotency-key"))
