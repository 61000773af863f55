"""Valkey on the server that ONDUTY_REDIS_URL names: a run gets a numbered database of its own."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from onduty.lab.cache.valkey import Valkey
from onduty.lab.providers.leftovers import taken_down_at_the_end
from onduty.lab.providers.named import REDIS_URL, named
from onduty.lab.unmet import NotGraded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from onduty.lab.run import Run

NUMBERS = range(1, 16)  # of a server as it comes; 0 is everybody's
OURS = "onduty:run"
OURS_SECONDS = 6 * 3600
NOT_OURS = "The cache named by ONDUTY_REDIS_URL cannot be {}: use `--lab embedded` for this check."


@asynccontextmanager
async def valkey(run: Run) -> AsyncIterator[Valkey]:
    """Take a numbered database of the named server that is empty, and empty it when the run is over."""
    server = named(REDIS_URL, "of a Valkey or Redis server")
    number = await _reserve(server)
    url = _numbered(server, number)
    taken_down_at_the_end(run.guardian, "cache", url=url)
    cache = Valkey(RemoteCache(), run.timeline, url=url, admin_url=url, database=number)
    try:
        yield cache
    finally:
        await cache.close()


class RemoteCache:
    """A cache that is no process of ours: it cannot be stopped."""

    async def stop(self) -> None:
        """Refuse: others may be using it."""
        raise NotGraded(NOT_OURS.format("stopped"))

    async def start_again(self) -> None:
        """Do nothing, since it was never stopped."""

    async def freeze(self) -> None:
        """Refuse: others may be using it."""
        raise NotGraded(NOT_OURS.format("frozen"))

    async def thaw(self) -> None:
        """Do nothing, since it was never frozen."""


async def _reserve(server: str) -> int:
    """Find a numbered database that is empty, and leave a mark in it, so that another run takes another one."""
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    try:
        for number in NUMBERS:
            async with Redis.from_url(_numbered(server, number)) as client:
                if await client.dbsize() == 0 and await client.set(OURS, "reserved", nx=True, ex=OURS_SECONDS):
                    return number
    except (RedisError, ValueError) as refusal:
        first_sentence = str(refusal).partition(". ")[0]
        message = f"The server that {REDIS_URL} names cannot be used: {first_sentence}"
        raise NotGraded(message) from refusal
    message = f"None of the databases {NUMBERS[0]} to {NUMBERS[-1]} of the server that {REDIS_URL} names is empty."
    raise NotGraded(message)


def _numbered(server: str, number: int) -> str:
    return urlsplit(server)._replace(path=f"/{number}").geturl()
