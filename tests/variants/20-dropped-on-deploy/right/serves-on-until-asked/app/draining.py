"""What lies between SIGTERM and the end: the proxy asks, and is told."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

AT_MOST, AFTERWARDS = 1.5, 0.3


class Draining:
    def __init__(self) -> None:
        self._sigterm = asyncio.Event()
        self._told = asyncio.Event()

    @property
    def begun(self) -> bool:
        """Whether SIGTERM has come; whoever asks is told, and that is what we wait for."""
        if self._sigterm.is_set():
            self._told.set()
        return self._sigterm.is_set()

    @contextmanager
    def before_the_end(self) -> Iterator[None]:
        stop_server = signal.getsignal(signal.SIGTERM)
        assert callable(stop_server)
        loop = asyncio.get_running_loop()

        async def leave() -> None:
            await self._sigterm.wait()
            await asyncio.wait({loop.create_task(self._told.wait())}, timeout=AT_MOST)
            await asyncio.sleep(AFTERWARDS)
            stop_server(signal.SIGTERM, None)

        leaving = loop.create_task(leave())
        signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(self._sigterm.set))
        yield
        leaving.cancel()
