"""The platform's proxy: it asks every instance whether it is ready, and sends requests to those that said yes."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onduty.lab.clients import client
from onduty.lab.clients.visitors import Caller, Later
from onduty.lab.network.door import Door, reset
from onduty.lab.network.ports import HOST
from onduty.lab.news import News
from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    import socket

    from onduty.lab.clients.answer import Answer
    from onduty.lab.hosting.service import Service
    from onduty.lab.recorder import Span, Timeline

ASKS_EVERY = 0.4
"""Seconds from one question to the next, as the service contract says."""
ANSWER_WITHIN = 2.0
READY_WITHIN = 5.0
CHUNK = 65_536
READINESS = client.Request.make("GET", "/health/ready", None, None, None)


@dataclass(eq=False)
class Target:
    """An instance as the proxy knows it: what it has said to each question, oldest first."""

    service: Service
    name: str
    heard: list[Answer] = field(default_factory=list)
    in_rotation: Span | None = None

    @property
    def said(self) -> str:
        """What it said last, in words."""
        return repr(self.heard[-1]) if self.heard else "it was not asked yet"


class LoadBalancer(Caller):
    """Passes every connection on to the next instance in rotation, and tries no second one when that fails.

    An instance is in rotation while its last answer to `GET /health/ready` was 200. The proxy itself answers 502 when
    the instance takes no connection, and 503 when none is in rotation.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._targets: dict[Service, Target] = {}
        self._rotation: deque[Target] = deque()
        self._favourite: Target | None = None
        self._questions: dict[Service, asyncio.Task[None]] = {}
        self._relays: set[asyncio.Task[None]] = set()
        self._news = News()
        self._door = Door(self._admit)
        self.port = self._door.port
        self.url = f"http://{HOST}:{self.port}"
        super().__init__(self.port, timeline)
        self.later = Later(self)

    def add(self, service: Service, name: str) -> None:
        """Begin to ask an instance, and to send it requests once it is ready."""
        self._targets[service] = Target(service, name)
        self._questions[service] = asyncio.create_task(self._ask_on_and_on(self._targets[service]))

    def heard(self, service: Service) -> list[Answer]:
        """Return what an instance has said to the question whether it is ready, oldest first."""
        return list(self._targets[service].heard)

    async def until_in_rotation(self, service: Service, within: float = READY_WITHIN) -> None:
        """Wait until requests are sent to an instance."""
        target = self._targets[service]
        try:
            await self._news.until(lambda: int(target.in_rotation is not None), 1, within, "instance in rotation")
        except Unmet:
            expected = f"200 from GET /health/ready within {within:g} s, for the proxy sends it no request before"
            raise Unmet(expected, f"{target.name}: {target.said}") from None

    async def until_asked(self, service: Service) -> None:
        """Wait until an instance has just answered; it will be asked again ASKS_EVERY seconds after this question."""
        heard = self._targets[service].heard
        await self._news.until(lambda: len(heard), len(heard) + 1, ASKS_EVERY + 2 * ANSWER_WITHIN, "answers")

    def favour(self, service: Service) -> None:
        """Send every request to this instance, until it has answered the next question."""
        self._favourite = self._targets[service]

    async def close(self) -> None:
        """Ask nobody any more, close the port and every connection."""
        self._door.close()
        await self.later.cancel()
        tasks = [*self._questions.values(), *self._relays]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask_on_and_on(self, target: Target) -> None:
        loop = asyncio.get_running_loop()
        while True:
            next_question = loop.time() + ASKS_EVERY
            answer = await client.ask(READINESS, target.service.port, ANSWER_WITHIN)
            target.heard.append(answer)
            if self._favourite is target:
                self._favourite = None
            self._decide(target, answer)
            self._news.tell()
            await asyncio.sleep(max(0, next_question - loop.time()))

    def _decide(self, target: Target, answer: Answer) -> None:
        ready = answer.status_code == 200
        if ready and target.in_rotation is None:
            target.in_rotation = self._timeline.span(f"proxy sends requests to {target.name}", "proxy")
            self._rotation.append(target)
        elif not ready and target.in_rotation is not None:
            target.in_rotation.end(f"ready? {answer.outcome}")
            target.in_rotation = None
            self._rotation.remove(target)

    def _admit(self, visitor: socket.socket) -> None:
        relay = asyncio.create_task(self._relay(visitor))
        self._relays.add(relay)
        relay.add_done_callback(self._relays.discard)

    async def _relay(self, visitor: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=visitor)
        writers = [writer]
        try:
            if not self._rotation:
                return await _apologise(reader, writer, "503 Service Unavailable", "no instance is ready")
            self._rotation.rotate(-1)
            favourite = self._favourite
            target = favourite if favourite and favourite.in_rotation else self._rotation[-1]
            try:
                server = await asyncio.open_connection(HOST, target.service.port)
            except OSError:
                return await _apologise(reader, writer, "502 Bad Gateway", f"{target.name} takes no connection")
            writers.append(server[1])
            await asyncio.gather(_pass(reader, server[1]), _pass(server[0], writer))
        except OSError:
            reset(writer.transport)
        finally:
            for open_writer in writers:
                open_writer.close()


async def _apologise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: str, why: str) -> None:
    """Answer in place of an instance; what was sent is read first, or closing would reset the connection."""
    await reader.read(CHUNK)
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(why)}\r\nConnection: close\r\n\r\n"
    writer.write(f"{head}{why}".encode())
    await writer.drain()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on in one direction until it ends."""
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
