"""The load generator at a till whose every answer is known."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from onduty.authoring import load
from onduty.authoring.load import Orders, Outcome, serve
from onduty.authoring.service_bench import at_the_till

GUESTS = 3
FIRST_PRODUCT = 100
Say = Callable[[str], tuple[int, bytes] | None]


class Till:
    """A server that counts what it is asked, and says what it is told to; nothing at all for None."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.asked: Counter[str] = Counter()
        self.bodies: list[dict[str, object]] = []
        self.visits: list[asyncio.Task[None] | None] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits.append(asyncio.current_task())
        try:
            while (answer := await self._answer(reader)) is not None:
                status, body = answer
                writer.write(f"HTTP/1.1 {status} So\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes] | None:
        method, path, *_ = (head := (await reader.readuntil(b"\r\n\r\n")).decode()).split()
        length = next(int(line.split(":")[1]) for line in head.splitlines() if line.startswith("Content-Length"))
        if body := await reader.readexactly(length):
            self.bodies.append(json.loads(body))
        kind = "search" if method == "GET" else "pay" if path.endswith("/payment") else "order"
        self.asked[kind] += 1
        return self._say(kind)


def well(kind: str) -> tuple[int, bytes]:
    return (200, b'{"items": []}') if kind == "search" else (201, b'{"id": 7}')


@asynccontextmanager
async def till(say: Say) -> AsyncIterator[tuple[Till, Orders]]:
    opened = Till(say)
    server = await asyncio.start_server(opened.serve, "127.0.0.1")
    host, port = server.sockets[0].getsockname()
    try:
        yield opened, Orders(host, port, GUESTS, seconds=0.3, customers=50, first_product=FIRST_PRODUCT)
    finally:
        server.close()
        await asyncio.wait(filter(None, opened.visits))


def visit(say: Say) -> tuple[Till, Outcome]:
    async def visited() -> tuple[Till, Outcome]:
        async with till(say) as (opened, orders):
            return opened, await serve(orders)

    return asyncio.run(visited())


def answers(outcome: Outcome) -> dict[str, int]:
    return {kind: len(seconds) for kind, seconds in outcome.seconds.items()}


def test_every_answer_is_counted_once_and_nothing_else_is() -> None:
    opened, outcome = visit(well)
    assert answers(outcome) == opened.asked
    assert opened.asked["search"] == opened.asked["order"] == opened.asked["pay"] > GUESTS
    assert outcome.failures == {}
    assert len(opened.visits) == GUESTS
    assert outcome.wall >= 0.3


def test_no_two_guests_buy_the_same_product() -> None:
    opened, _ = visit(well)
    bought = {tuple(line["product_id"] for line in body["lines"]) for body in opened.bodies if "lines" in body}
    assert sorted(bought) == [(100, 101), (102, 103), (104, 105)]


def test_a_refusal_is_a_failure_of_its_kind_and_no_answer() -> None:
    opened, outcome = visit(lambda kind: (503, b"{}") if kind == "order" else well(kind))
    assert outcome.failures == {"order 503": opened.asked["order"]}
    assert answers(outcome) == {"search": opened.asked["search"], "order": 0, "pay": 0}


def test_a_guest_whose_connection_breaks_opens_another() -> None:
    opened, outcome = visit(lambda kind: None if kind == "pay" else well(kind))
    assert outcome.failures == {"connection broken": opened.asked["pay"]}
    assert len(opened.visits) > GUESTS


def test_an_answer_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "PATIENCE", 0.1)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def visited() -> Outcome:
        server = await asyncio.start_server(silent, "127.0.0.1")
        async with server:
            host, port = server.sockets[0].getsockname()
            return await serve(Orders(host, port, 1, seconds=0.05, customers=1, first_product=1))

    assert asyncio.run(visited()).failures == {"no answer": 1}


def test_the_guests_come_from_a_process_of_its_own_and_tell_the_same() -> None:
    async def visited() -> tuple[Till, Outcome]:
        async with till(well) as (opened, orders):
            return opened, await at_the_till(orders, core=0)

    opened, outcome = asyncio.run(visited())
    assert answers(outcome) == opened.asked
    assert 0 < outcome.processor <= outcome.wall
