"""Guests at the till, as many as there are connections: search, order, pay, and again, until the time is over.

A process of its own (`python -m onduty.authoring.load`), told what to do in one line of JSON and answering in one:
nothing but sockets and asyncio, so that it costs a small part of what the service costs.
"""

import asyncio
import json
import re
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Final

LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
ORDER_ID: Final = re.compile(rb'"id": *(\d+)')
PATIENCE: Final = 10.0
"""Seconds that a guest waits for an answer."""


@dataclass(frozen=True)
class Orders:
    """Whom to ask, how many at once, for how long; how many customers there are, and the first product of the guests.

    Each guest buys two products of their own: where they share some, the starter stands still for ever.
    """

    host: str
    port: int
    connections: int
    seconds: float
    customers: int
    first_product: int


@dataclass
class Outcome:
    """What came back: how long each answer took, by kind of request, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"search": [], "order": [], "pay": []})
    failures: dict[str, int] = field(default_factory=dict)
    wall: float = 0.0
    processor: float = 0.0


class Guest:
    """One connection, opened anew when the service closes it."""

    def __init__(self, orders: Orders, number: int, outcome: Outcome) -> None:
        self._orders = orders
        self._turn = number * 7919
        self._products = [orders.first_product + 2 * number, orders.first_product + 2 * number + 1]
        self._outcome = outcome

    async def visit(self, until: float) -> None:
        while time.perf_counter() < until:
            try:
                self._reader, self._writer = await asyncio.open_connection(self._orders.host, self._orders.port)
                with closing(self._writer):
                    while time.perf_counter() < until:
                        await self._order()
            except TimeoutError:
                self._fail("no answer")
            except (OSError, asyncio.IncompleteReadError):
                self._fail("connection broken")

    async def _order(self) -> None:
        self._turn += 1
        customer = self._turn % self._orders.customers + 1
        await self._ask("search", f"GET /api/v1/orders?customer_id={customer}")
        lines = [{"product_id": product, "quantity": 1} for product in self._products]
        placed = await self._ask("order", "POST /api/v1/orders", {"customer_id": customer, "lines": lines})
        if placed and (found := ORDER_ID.search(placed)):
            await self._ask("pay", f"POST /api/v1/orders/{int(found[1])}/payment", {"card_token": "tok_visa"})

    async def _ask(self, kind: str, request: str, body: object = None) -> bytes | None:
        content = b"" if body is None else json.dumps(body).encode()
        fields = f"Host: till\r\nContent-Type: application/json\r\nContent-Length: {len(content)}"
        started = time.perf_counter()
        self._writer.write(f"{request} HTTP/1.1\r\n{fields}\r\n\r\n".encode() + content)
        async with asyncio.timeout(PATIENCE):
            answer = await self._reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(answer)
            text = await self._reader.readexactly(int(length[1])) if length else b""
        status = int(answer[9:12])
        if status >= 400:
            self._fail(f"{kind} {status}")
            return None
        self._outcome.seconds[kind].append(time.perf_counter() - started)
        return text

    def _fail(self, what: str) -> None:
        self._outcome.failures[what] = self._outcome.failures.get(what, 0) + 1


async def serve(orders: Orders) -> Outcome:
    outcome = Outcome()
    started, processor = time.perf_counter(), time.process_time()
    until = started + orders.seconds
    guests = [Guest(orders, number, outcome).visit(until) for number in range(orders.connections)]
    await asyncio.gather(*guests)
    outcome.wall, outcome.processor = time.perf_counter() - started, time.process_time() - processor
    return outcome


if __name__ == "__main__":
    done = asyncio.run(serve(Orders(**json.loads(sys.stdin.read()))))
    json.dump(asdict(done), sys.stdout)
