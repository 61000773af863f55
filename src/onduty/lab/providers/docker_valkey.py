"""Valkey as a container of the official image."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from onduty.lab.cache.access import Access
from onduty.lab.cache.valkey import Valkey
from onduty.lab.errors import LabError
from onduty.lab.providers.container import Container

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from onduty.lab.run import Run

IMAGE = "valkey/valkey:9"
PORT = 6379
START_LIMIT = 60.0
TURN = 0.05


class ContainedCache:
    """A server in a container of ours."""

    def __init__(self, container: Container, access: Access) -> None:
        self._container = container
        self._access = access
        self._frozen = False

    async def stop(self) -> None:
        """End the server and everything it remembers."""
        await self._container.kill()

    async def start_again(self) -> None:
        """Start it, empty, where it was before."""
        await self._container.start_again()
        await self.until_ready()

    async def freeze(self) -> None:
        """Stop it in its tracks."""
        await self._container.pause()
        self._frozen = True

    async def thaw(self) -> None:
        """Let it go on."""
        if self._frozen:
            await self._container.unpause()
            self._frozen = False

    async def until_ready(self) -> None:
        """Wait until the server answers."""
        deadline = time.monotonic() + START_LIMIT
        while not await self._access.answers():
            if time.monotonic() > deadline:
                message = f"Valkey in its container did not answer within {START_LIMIT:g} s."
                raise LabError(message)
            await self._container.require_running()
            await asyncio.sleep(TURN)


@asynccontextmanager
async def valkey(run: Run) -> AsyncIterator[Valkey]:
    """Start a container of the run's own."""
    access = Access(port=PORT)
    command = ["valkey-server", *(word for name, *words in access.settings for word in (f"--{name}", *words))]
    container = await Container.start(run, IMAGE, PORT, command, {})
    access.port = container.port
    server = ContainedCache(container, access)
    cache = Valkey(server, run.timeline, url=access.url, admin_url=access.admin_url)
    try:
        await server.until_ready()
        yield cache
    finally:
        await cache.close()
        container.close()
