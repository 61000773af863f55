"""What happens between SIGTERM and the end: first nobody new, then nobody at all (chapter 20)."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Draining:
    """Whether the platform has asked this process to end."""

    def __init__(self) -> None:
        self.begun = False

    @contextmanager
    def before_the_end(self, seconds: float) -> Iterator[None]:
        """After SIGTERM serve on for some seconds, saying "not ready"; only then let the server close its port.

        Who sends us requests learns of our end by asking, and must have asked once before a connection is refused.
        """
        server_stops = signal.getsignal(signal.SIGTERM)
        if not callable(server_stops):
            # No server has us: a test, or a command.
            yield
            return
        loop = asyncio.get_running_loop()

        def begin(number: int, frame: FrameType | None) -> None:
            self.begun = True
            loop.call_soon_threadsafe(loop.call_later, seconds, server_stops, number, frame)

        signal.signal(signal.SIGTERM, begin)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, server_stops)
