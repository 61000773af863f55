from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from app.errors import PaymentTimeout


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    with anyio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise PaymentTimeout
