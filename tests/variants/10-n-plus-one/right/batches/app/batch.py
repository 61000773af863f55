"""Collects what is asked for one by one while nobody waits, and asks for all of it at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Batch(Generic[T]):
    def __init__(self, load: Callable[[Sequence[int]], Awaitable[dict[int, T]]]) -> None:
        self._load = load
        self._wanted: dict[int, asyncio.Future[T]] = {}
        self._loading: asyncio.Task[None] | None = None

    async def get(self, key: int) -> T:
        if key not in self._wanted:
            self._wanted[key] = asyncio.get_running_loop().create_future()
        if self._loading is None:
            self._loading = asyncio.create_task(self._run())
        return await self._wanted[key]

    async def _run(self) -> None:
        await asyncio.sleep(0)
        found = await self._load(list(self._wanted))
        for key, future in self._wanted.items():
            future.set_result(found[key])
