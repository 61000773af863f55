"""The provider's side of HTTP/1.1: every request becomes an exchange that may be answered well, badly or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import h11

from onduty.lab.network.door import reset

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


LARGEST_BODY = 1_000_000
"""Bytes of a request; no payment is so long, and the provider lives beside the checks."""


@dataclass(slots=True)
class Call:
    """One request that reached the provider.

    `at` and `given_up_at` are seconds on the check's timeline; `given_up_at` is set when the client closes the
    connection before it has the whole answer. `outcome` says what became of the call so far.
    """

    method: str
    target: str
    headers: dict[str, str]
    json: Any
    reference: str | None = None
    at: float = 0.0
    outcome: str = "waiting"
    given_up_at: float | None = None

    @property
    def path(self) -> str:
        """The path, without the query."""
        return urlsplit(self.target).path

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f" {self.reference}" if self.reference else "")


@dataclass(slots=True)
class Exchange:
    """A call and the means to answer it."""

    call: Call
    transport: asyncio.Transport = field(repr=False)
    http: h11.Connection = field(repr=False)
    over: bool = False

    def answer(self, status: int, body: object) -> None:
        """Send a whole answer."""
        content = json.dumps(body).encode()
        self.begin(status, len(content))
        self.send(content)
        self.end(f"{status} {HTTPStatus(status).phrase}")

    def begin(self, status: int, length: int, content_type: str = "application/json") -> None:
        """Send the head of an answer that says how long its body will be."""
        headers = [("Content-Type", content_type), ("Content-Length", str(length))]
        self.transport.write(self.http.send(h11.Response(status_code=status, headers=headers)) or b"")

    def send(self, content: bytes) -> None:
        """Send some of the body."""
        self.transport.write(self.http.send(h11.Data(data=content)) or b"")

    def end(self, outcome: str) -> None:
        """Say that the answer is whole."""
        self.transport.write(self.http.send(h11.EndOfMessage()) or b"")
        self.call.outcome = outcome
        self.over = True

    def hang_up(self, outcome: str) -> None:
        """Close the connection, whatever was promised."""
        self.call.outcome = outcome
        self.over = True
        self.transport.close()


class Visit(asyncio.Protocol):
    """One connection to the provider: its requests are handled one after the other."""

    def __init__(self, handle: Callable[[Exchange], Awaitable[None]], present: set[Visit]) -> None:
        self._handle = handle
        self._present = present
        self._http = h11.Connection(h11.SERVER)
        self._transport: asyncio.Transport
        self._request: h11.Request
        self._body = bytearray()
        self._exchange: Exchange | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a call is under way."""
        return self._task is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the visit."""
        self._transport = cast("asyncio.Transport", transport)
        self._present.add(self)

    def data_received(self, data: bytes) -> None:
        """Take in what the client sent."""
        self._http.receive_data(data)
        self._proceed()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        """Give up the call under way: nobody waits for its answer any more."""
        if self._task:
            self._task.cancel()
        self._present.discard(self)

    def end(self) -> None:
        """Break the connection off, from our side."""
        if self._exchange and not self._exchange.over:
            self._exchange.over, self._exchange.call.outcome = True, "broken off by the provider"
        if self.busy:
            reset(self._transport)
        else:
            self._transport.close()

    def _proceed(self) -> None:
        with contextlib.suppress(h11.RemoteProtocolError):
            while isinstance(event := self._http.next_event(), h11.Event):
                if isinstance(event, h11.Request):
                    self._request = event
                elif isinstance(event, h11.Data):
                    self._body += event.data
                    if len(self._body) > LARGEST_BODY:
                        break
                elif isinstance(event, h11.EndOfMessage):
                    self._task = asyncio.create_task(self._answer())
                    return
            else:
                return
        self.end()

    async def _answer(self) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._request.headers}
        method, target = self._request.method.decode("latin-1"), self._request.target.decode("latin-1")
        call = Call(method, target, headers, _json(self._body))
        self._body = bytearray()
        self._exchange = Exchange(call, self._transport, self._http)
        await self._handle(self._exchange)
        self._task = None
        if {self._http.our_state, self._http.their_state} == {h11.DONE}:
            self._http.start_next_cycle()
            self._proceed()
        else:
            self._transport.close()


def _json(body: bytearray) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None
