"""Ways in which the payment provider may behave. A behaviour without settings may be given with or without `()`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from onduty.lab.network.door import Door
from onduty.lab.upstream.ledger import DECLINED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from onduty.lab.upstream.exchange import Exchange
    from onduty.lab.upstream.ledger import Reply

BODY_PROMISED = 10_000_000


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the provider does with a call, given the reply that its books would give; or what its port does."""

    name: str
    act: Callable[[Exchange, Callable[[], Reply]], Awaitable[None]]
    port: Callable[[Door], None] | None = None


async def _answer(exchange: Exchange, books: Callable[[], Reply]) -> None:
    exchange.answer(*books())


def answer() -> Behaviour:
    """Answer as the contract says."""
    return Behaviour("answer", _answer)


def decline() -> Behaviour:
    """Decline every card."""

    async def act(exchange: Exchange, _: Callable[[], Reply]) -> None:
        exchange.answer(*DECLINED)

    return Behaviour("decline", act)


def fail(status: int = 500, times: int | None = None) -> Behaviour:
    """Answer with an error, and do nothing; after so many `times` answer well again."""
    calls = count(1)

    async def act(exchange: Exchange, books: Callable[[], Reply]) -> None:
        if times is None or next(calls) <= times:
            exchange.answer(status, {"error": "internal_error"})
        else:
            await _answer(exchange, books)

    return Behaviour(f"fail with {status}", act)


def silent() -> Behaviour:
    """Take the call and never say a word. Nothing is charged."""

    async def act(_: Exchange, __: Callable[[], Reply]) -> None:
        await asyncio.Event().wait()

    return Behaviour("silent", act)


def headers_only() -> Behaviour:
    """Send the head of an answer and never its body. Nothing is charged."""

    async def act(exchange: Exchange, _: Callable[[], Reply]) -> None:
        exchange.begin(201, BODY_PROMISED)
        await asyncio.Event().wait()

    return Behaviour("headers only", act)


def dribble(every: float = 0.2) -> Behaviour:
    """Send an answer that never ends, one byte at a time. Nothing is charged."""

    async def act(exchange: Exchange, _: Callable[[], Reply]) -> None:
        exchange.begin(201, BODY_PROMISED)
        while True:
            exchange.send(b" ")
            await asyncio.sleep(every)

    return Behaviour("dribble", act)


def dribble_head(every: float = 0.2) -> Behaviour:
    """Send the head of an answer one byte at a time, and never come to its end. Nothing is charged."""

    async def act(exchange: Exchange, _: Callable[[], Reply]) -> None:
        exchange.transport.write(b"HTTP/1.1 201 Created\r\nVia: ")
        while True:
            exchange.transport.write(b"x")
            await asyncio.sleep(every)

    return Behaviour("dribble head", act)


def cut() -> Behaviour:
    """Do what was asked, send half of the answer and close the connection."""

    async def act(exchange: Exchange, books: Callable[[], Reply]) -> None:
        status, body = books()
        content = json.dumps(body).encode()
        exchange.begin(status, len(content))
        exchange.send(content[: len(content) // 2])
        exchange.hang_up("cut in the middle")

    return Behaviour("cut", act)


def nonsense(text: str = "<html><h1>It works!</h1></html>") -> Behaviour:
    """Answer 201 with a body that is not the contract's. Nothing is charged."""

    async def act(exchange: Exchange, _: Callable[[], Reply]) -> None:
        exchange.begin(201, len(text.encode()))
        exchange.send(text.encode())
        exchange.end("nonsense")

    return Behaviour("nonsense", act)


def refuse() -> Behaviour:
    """Refuse every connection, and break off those that are open. For the whole provider only."""
    return Behaviour("refuse", _answer, port=Door.refuse)


def never_accept() -> Behaviour:
    """Let every attempt to connect wait for ever, and break off open connections. For the whole provider only."""
    return Behaviour("never accept", _answer, port=Door.stall)
