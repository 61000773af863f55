"""The client of a check: raw HTTP/1.1 over one connection at a time, with a name for everything that can go wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json as jsonlib
import shlex
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import h11

from onduty.lab.clients.answer import Answer, Headers
from onduty.lab.network.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Answer", "NoAnswer", "Request", "Wire", "ask"]

CHUNK = 65_536
LARGEST_ANSWER = 16_000_000
LARGEST_HEAD = 65_536
NOT_HTTP = "an answer that is not HTTP"
TOO_LARGE = f"an answer of more than {LARGEST_ANSWER // 1_000_000} MB"
CLOSED_BEFORE = "connection closed before the request"
RESERVED = "%/:?#[]@!$&'()*+,;=~"
# Where `onduty run` serves the learner's app, so that the command shown can be typed.
LEARNERS_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent: method, target, headers and body."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def make(
        cls, method: str, target: str, headers: Mapping[str, str] | None, json: object, content: str | bytes | None
    ) -> Self:
        """Build a request; a JSON body brings its Content-Type."""
        own = {"Accept": "*/*", "User-Agent": "curl/8.0"}
        body = b""
        if content is not None:
            body = content.encode() if isinstance(content, str) else content
        elif json is not None:
            body = jsonlib.dumps(json).encode()
            own["Content-Type"] = "application/json"
        given = dict(headers or {})
        named = {name.lower() for name in given}
        return cls(method, target, {k: v for k, v in own.items() if k.lower() not in named} | given, body)


class NoAnswer(Exception):
    """Why there is no answer, in a few words."""


class Wire:
    """One connection to the service, on which requests go out one after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        self._heard = False
        self._ended = False

    @classmethod
    async def open(cls, port: int) -> Self:
        """Connect, or raise NoAnswer."""
        try:
            return cls(*await asyncio.open_connection(HOST, port))
        except ConnectionRefusedError:
            reason = "connection refused"
        except OSError as error:
            reason = f"no connection ({error.strerror or error})"
        raise NoAnswer(reason)

    @property
    def local_port(self) -> int:
        """Our port of the connection."""
        port: int = self._writer.get_extra_info("sockname")[1]
        return port

    def close(self) -> None:
        """Close the connection at once."""
        self._writer.transport.abort()

    async def exchange(self, request: Request) -> tuple[int, Headers, bytes]:
        """Send the request and read the whole answer, or raise NoAnswer."""
        if self._http.our_state is not h11.IDLE:
            raise NoAnswer(CLOSED_BEFORE)
        self._heard = False
        self._send(request)
        with contextlib.suppress(ConnectionError):  # it may have answered before it hung up
            await self._writer.drain()
        head: h11.Response | None = None
        body = bytearray()
        while not isinstance(event := await self._next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            if len(body) > LARGEST_ANSWER:
                raise NoAnswer(TOO_LARGE)
        if head is None:
            raise NoAnswer(NOT_HTTP)
        if {self._http.our_state, self._http.their_state} == {h11.DONE}:
            self._http.start_next_cycle()
        return head.status_code, Headers(head.headers), bytes(body)

    def late(self, within: float) -> str:
        """Say what had come when the time was over."""
        return f"{'only a part of an' if self._heard else 'no'} answer within {within:g} s"

    def _send(self, request: Request) -> None:
        host, port = self._writer.get_extra_info("peername")
        headers = {"Host": f"{host}:{port}", **request.headers}
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            headers.setdefault("Content-Length", str(len(request.body)))
        target = quote(request.target, safe=RESERVED)
        head = h11.Request(method=request.method, target=target, headers=list(headers.items()))
        events = (head, h11.Data(data=request.body), h11.EndOfMessage())
        self._writer.write(b"".join(self._http.send(event) or b"" for event in events))

    async def _next_event(self) -> h11.Event:
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError:
                raise NoAnswer(self._broken_off("closed", " without an answer") if self._ended else NOT_HTTP) from None
            if isinstance(event, h11.Event):
                return event
            try:
                data = await self._reader.read(CHUNK)
            except ConnectionError:
                raise NoAnswer(self._broken_off("connection reset")) from None
            self._heard = self._heard or bool(data)
            self._ended = not data
            self._http.receive_data(data)

    def _broken_off(self, how: str, unheard: str = "") -> str:
        return how + (" in the middle of the answer" if self._heard else unheard)


async def ask(request: Request, port: int, within: float, wire: Wire | None = None) -> Answer:
    """Send one request, on a connection of its own unless one is given, and say what came of it; never raises."""
    started = time.monotonic()
    own = wire is None
    try:
        async with asyncio.timeout(within):
            wire = wire or await Wire.open(port)
            status, headers, body = await wire.exchange(request)
    except TimeoutError:
        outcome = wire.late(within) if wire else f"no connection within {within:g} s"
        return _answer(request, within, started, outcome)
    except NoAnswer as reason:
        return _answer(request, within, started, str(reason))
    finally:
        if own and wire:
            wire.close()
    return _answer(request, within, started, as_shown(status), (status, headers, body))


def as_shown(status: int) -> str:
    """Return a status as one writes it, such as `200 OK`; one that nobody has named is a number."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _answer(
    request: Request, within: float, started: float, outcome: str, found: tuple[int, Headers, bytes] | None = None
) -> Answer:
    status, headers, body = found or (None, Headers([]), b"")
    return Answer(
        status_code=status,
        outcome=outcome,
        headers=headers,
        content=body,
        seconds=time.monotonic() - started,
        request=f"{request.method} {request.target}",
        curl=_curl(request, within),
    )


def _curl(request: Request, within: float) -> str:
    words = ["curl", "-i", "--max-time", f"{within:g}"]
    if request.method != "GET":
        words += ["-X", request.method]
    for name, value in request.headers.items():
        if name not in {"Accept", "User-Agent"}:
            words += ["-H", f"{name}: {value}"]
    if request.body:
        words += ["--data-raw", request.body.decode(errors="replace")]
    return shlex.join([*words, LEARNERS_URL + quote(request.target, safe=RESERVED)])
