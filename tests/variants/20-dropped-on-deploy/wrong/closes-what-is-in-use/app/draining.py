"""What lies between SIGTERM and the end: first nobody new is sent to us, then the server stops."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from app.provider import Provider

# The proxy asks every 0.4 seconds. This is twice that, and a little for a slow answer.
SERVE_ON = 1.0


class Draining:
    """Whether the platform has asked this process to end."""

    def __init__(self) -> None:
        self.begun = False

    @contextmanager
    def before_the_end(self, provider: Provider) -> Iterator[None]:
        """At SIGTERM, say "not ready" and serve on; the server hears of it when the proxy has had time to ask."""
        stop_server = signal.getsignal(signal.SIGTERM)
        if not callable(stop_server):
            # No server has this app: a test, or a command.
            yield
            return
        loop = asyncio.get_running_loop()

        def begin(number: int, frame: FrameType | None) -> None:
            self.begun = True
            loop.call_soon_threadsafe(loop.create_task, provider.close())
            loop.call_soon_threadsafe(loop.call_later, SERVE_ON, stop_server, number, frame)

        signal.signal(signal.SIGTERM, begin)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, stop_server)
