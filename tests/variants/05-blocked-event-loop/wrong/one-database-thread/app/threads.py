from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import asyncio

T = TypeVar("T")
_database_thread = ThreadPoolExecutor(max_workers=1)


async def in_database_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_database_thread, work)
