"""Index builds held still, so that a check can see who else has to wait for them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from onduty.lab.postgres import Postgres

CATALOGUE = "pg_catalog.pg_index"
TURN = 0.005

WAITING = """
SELECT query FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE usename = %s AND NOT granted AND locktype IN ('relation', 'virtualxid')
"""
QUEUED = f"SELECT 1 FROM pg_locks WHERE relation = '{CATALOGUE}'::regclass AND mode = 'ShareLock' AND NOT granted"


async def each_build_held(postgres: Postgres, work: asyncio.Task[object]) -> AsyncIterator[str]:
    """Hold the service's index builds until `work` is done; yield each statement that is held, as often as it is.

    A build writes to the catalogue of indexes when it begins and when it ends, a concurrent one half-way as well. It is
    held there, with every lock that it builds under. The next hold queues up before the last one ends: none slips through.
    """
    holding = await _hold(postgres)
    try:
        while not work.done():
            if await postgres.fetch_value(WAITING, postgres.role) is None:
                await asyncio.sleep(TURN)
                continue
            following = asyncio.create_task(_hold(postgres))
            while not (following.done() or await postgres.fetch(QUEUED)):
                await asyncio.sleep(TURN)
            # A hold that need not queue is not asked for by a build at the catalogue, but by one that waits until
            # transactions older than itself are over: replacing ours is all that it needs.
            if not following.done():
                yield str(await postgres.fetch_value(WAITING, postgres.role))
            await holding.aclose()
            holding = await following
    finally:
        await holding.aclose()


async def _hold(postgres: Postgres) -> AsyncExitStack:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(postgres.locked(CATALOGUE, "SHARE"))
        return stack.pop_all()
