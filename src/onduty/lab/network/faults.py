"""A TCP proxy to put before a dependency of the service, so that a check can break the network between them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import urlsplit

from onduty.lab.network.door import Door, reset
from onduty.lab.network.ports import HOST

if TYPE_CHECKING:
    import socket

    from onduty.lab.recorder import Span, Timeline

CHUNK = 65_536
CHUNKS_UNDER_WAY = 64
Fault = Literal["delay", "cut", "black hole"]


class Proxy:
    """Passes everything on to `target` until told otherwise; `connections` counts those made through it."""

    def __init__(self, host: str, port: int, name: str, timeline: Timeline) -> None:
        self.name = name
        self.connections = 0
        self._target = host, port
        self._timeline = timeline
        self._span: Span | None = None
        self._delay = 0.0
        self._passing = asyncio.Event()
        self._passing.set()
        self._relays: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._door = Door(self._admit)
        self.port = self._door.port

    @classmethod
    async def open(cls, host: str, port: int, name: str, timeline: Timeline) -> Self:
        """Listen on a port of our own, before the dependency on `host:port`."""
        return cls(host, port, name, timeline)

    @property
    def connected(self) -> int:
        """The number of connections that go through now."""
        return len(self._relays)

    def url(self, original: str) -> str:
        """Return the dependency's URL with the proxy's host and port in it."""
        parts = urlsplit(original)
        user, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{user}{at}{HOST}:{self.port}").geturl()

    def delay(self, seconds: float) -> None:
        """Let everything take that much longer, each way."""
        self.heal()
        self._delay = seconds
        self._begin(f"{seconds:g} s slower each way")

    def cut(self) -> None:
        """Break every connection off with a reset, and refuse new ones."""
        self.heal()
        self._begin("cut")
        self._door.refuse()
        for relay in self._relays.copy():
            relay.cancel()
        for writer in self._writers:
            reset(writer.transport)

    def black_hole(self) -> None:
        """Keep every connection open, accept new ones, and pass nothing on, as if packets were lost."""
        self.heal()
        self._begin("black hole")
        self._passing.clear()

    def heal(self) -> None:
        """Pass everything on again; what a black hole has kept arrives now."""
        if self._span:
            self._span.end("healed")
            self._span = None
            self._delay = 0.0
            self._passing.set()
            self._door.open()

    async def close(self) -> None:
        """Close the port and every connection."""
        self._door.close()
        for relay in self._relays.copy():
            relay.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)

    def _begin(self, fault: str) -> None:
        self._span = self._timeline.span(f"{self.name}: {fault}", "faults")

    def _admit(self, visitor: socket.socket) -> None:
        self.connections += 1
        relay = asyncio.create_task(self._relay(visitor))
        self._relays.add(relay)
        relay.add_done_callback(self._relays.discard)

    async def _relay(self, visitor: socket.socket) -> None:
        client = await asyncio.open_connection(sock=visitor)
        writers = [client[1]]
        try:
            await self._passing.wait()
            server = await asyncio.open_connection(*self._target)
            writers.append(server[1])
            self._writers.update(writers)
            await asyncio.gather(self._pass(client[0], server[1]), self._pass(server[0], client[1]))
        except OSError:
            reset(client[1].transport)
        finally:
            self._writers.difference_update(writers)
            for writer in writers:
                writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on in one direction, each chunk after its delay, until that direction ends."""
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_UNDER_WAY)

        async def deliver() -> None:
            while True:
                due, data = await under_way.get()
                await asyncio.sleep(due - loop.time())
                await self._passing.wait()
                if not data:
                    break
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()

        async with asyncio.TaskGroup() as directions:
            directions.create_task(deliver())
            while True:
                data = await reader.read(CHUNK)
                await under_way.put((loop.time() + self._delay, data))
                if not data:
                    break
