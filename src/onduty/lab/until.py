"""Waiting for a state that sends no event: the process table, a port, what somebody answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable

LOOK_AGAIN = 0.02


async def until(state: Callable[[], bool | Awaitable[bool]], *, within: float) -> bool:
    """Look until the state is there; False when it has not come in so many seconds."""
    deadline = time.monotonic() + within
    while True:
        found = state()
        if found if isinstance(found, bool) else await found:
            return True
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_AGAIN)
