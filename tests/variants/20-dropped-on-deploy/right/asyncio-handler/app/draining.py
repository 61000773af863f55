"""What lies between SIGTERM and the end."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Draining:
    def __init__(self) -> None:
        self.begun = False

    @contextmanager
    def before_the_end(self) -> Iterator[None]:
        server = signal.getsignal(signal.SIGTERM)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, lambda: loop.create_task(self._leave(server)))
        yield

    async def _leave(self, server: object) -> None:
        self.begun = True
        await asyncio.sleep(1)
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, server)  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGTERM)
