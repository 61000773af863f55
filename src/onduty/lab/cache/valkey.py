"""The cache under the service, as a check sees it: real, and paused, emptied, stopped or frozen at will."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from onduty.lab.cache.commands import Commands, recorded
from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from redis.asyncio import Redis

    from onduty.lab.recorder import Timeline

TURN = 0.01
ANSWER_LIMIT = 5
LONGEST_PAUSE_MS = 600_000  # a pause ends by itself, should nobody end it


class Server(Protocol):
    """What a provider does to the server itself; one that cannot raises `NotGraded`."""

    async def stop(self) -> None:
        """End the server and everything it remembers."""

    async def start_again(self) -> None:
        """Start it, empty, where it was before."""

    async def freeze(self) -> None:
        """Stop it in its tracks."""

    async def thaw(self) -> None:
        """Let it go on."""


class Valkey:
    """The service's cache. The service has a user of its own; a check is the administrator beside it."""

    def __init__(self, server: Server, timeline: Timeline, *, url: str, admin_url: str, database: int = 0) -> None:
        self.url = url
        """What the service is given as REDIS_URL."""
        self._server = server
        self._timeline = timeline
        self._admin_url = admin_url
        self._database = database
        self._client: Redis | None = None

    @property
    def client(self) -> Redis:
        """A `redis.asyncio` client of the check's own, on the same database as the service."""
        if self._client is None:
            # Imported here because it takes a quarter of a second, and most checks never ask.
            from redis.asyncio import Redis

            self._client = Redis.from_url(
                self._admin_url, decode_responses=True, socket_timeout=ANSWER_LIMIT, single_connection_client=True
            )
        return self._client

    @asynccontextmanager
    async def writes_paused(self) -> AsyncIterator[None]:
        """Hold every command that writes; commands that only read are answered."""
        with self._timeline.span("cache writes paused", lane="cache", kind="hold") as hold:
            await self.client.client_pause(LONGEST_PAUSE_MS, all=False)
            try:
                yield
            finally:
                await self.client.client_unpause()
                hold.end("go on")

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[None]:
        """Hold the whole server: it accepts connections and answers nothing."""
        with self._timeline.span("cache frozen", lane="cache", kind="hold") as hold:
            try:
                await self._server.freeze()
                yield
            finally:
                await self._server.thaw()
                hold.end("goes on")

    async def stop(self) -> None:
        """End the server and everything it remembers; its port refuses connections."""
        self._timeline.mark("cache stopped", lane="cache", kind="signal")
        await self.close()
        await self._server.stop()

    async def start_again(self) -> None:
        """Start the server again on the same port, empty."""
        await self._server.start_again()
        self._timeline.mark("cache started again", lane="cache", kind="signal")

    async def flush(self) -> None:
        """Forget every key."""
        await self.client.flushdb()
        self._timeline.mark("cache emptied", lane="cache")

    def commands(self) -> AbstractAsyncContextManager[Commands]:
        """Record the commands that the service sends inside the block, in the order in which they were carried out."""
        return recorded(self.client, self._database)

    async def until_waiting(self, n: int = 1, *, within: float = 5.0) -> int:
        """Wait until at least n of the service's commands are held; return how many are."""
        deadline = time.monotonic() + within
        while (waiting := await self._waiting()) < n:
            if time.monotonic() > deadline:
                expected = f"{n} command{'s' * (n > 1)} of the service to wait in the cache"
                raise Unmet(expected, f"{waiting} waiting after {within:g} s")
            await asyncio.sleep(TURN)
        return waiting

    async def connections(self) -> int:
        """Return how many connections the service holds now."""
        return len(await self._theirs())

    async def close(self) -> None:
        """Close the check's own connection."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _waiting(self) -> int:
        return sum("b" in client["flags"] for client in await self._theirs())

    async def _theirs(self) -> list[dict[str, Any]]:
        ours = await self.client.client_id()
        clients = await self.client.client_list()
        return [c for c in clients if int(c["id"]) != ours and int(c["db"]) == self._database]


def new_password() -> str:
    """Make a password for one run."""
    return secrets.token_urlsafe(24)
