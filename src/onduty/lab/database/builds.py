"""Index builds held still, so that a check can see who else has to wait for them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine

    from onduty.lab.database.postgres import Postgres

CATALOGUE = "pg_catalog.pg_index"
TURN = 0.005

WAITING = """
SELECT query FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE usename = %s AND NOT granted AND locktype IN ('relation', 'virtualxid')
"""
QUEUED = """
SELECT 1 FROM pg_locks WHERE relation = 'pg_catalog.pg_index'::regclass AND mode = 'ShareLock' AND NOT granted
"""


async def each_build_held(postgres: Postgres, work: Coroutine[Any, Any, object]) -> AsyncGenerator[str, None]:
    """Do the work and hold the service's index builds meanwhile; yield each statement that is held, as often as it is.

    A build writes to the catalogue of indexes when it begins and when it ends, a concurrent one half-way as well. It is
    held there, with every lock that it builds under. The next hold queues up before the last one ends, so that no build
    slips through between them. Raises what the work raises; whoever stops listening ends the work.
    """
    holding = await _hold(postgres)
    doing = asyncio.create_task(work)
    try:
        while not doing.done():
            if await postgres.fetch_value(WAITING, postgres.role) is None:
                await asyncio.sleep(TURN)
                continue
            following = asyncio.create_task(_hold(postgres))
            try:
                while not (following.done() or await postgres.fetch(QUEUED)):  # noqa: ASYNC110 - locks send no events
                    await asyncio.sleep(TURN)
                # A hold that need not queue is no build's that stands at the catalogue. A concurrent build also waits
                # until older transactions are over, and one of them is ours: replacing it is all that this needs.
                if not following.done():
                    yield str(await postgres.fetch_value(WAITING, postgres.role))
            except BaseException:
                following.cancel()
                raise
            await holding.aclose()
            holding = await following
        await doing
    finally:
        doing.cancel()
        await holding.aclose()


async def _hold(postgres: Postgres) -> AsyncExitStack:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(postgres.locked(CATALOGUE, "SHARE"))
        return stack.pop_all()
