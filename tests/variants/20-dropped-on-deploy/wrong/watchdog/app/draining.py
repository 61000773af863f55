"""What lies between SIGTERM and the end: first nobody new is sent to us, then the server stops."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# The proxy asks every 0.4 seconds. This is twice that, and a little for a slow answer.
SERVE_ON = 1.0


class Draining:
    """Whether the platform has asked this process to end."""

    def __init__(self) -> None:
        self.begun = False

    @contextmanager
    def before_the_end(self) -> Iterator[None]:
        """At SIGTERM, say "not ready" and serve on; the server hears of it when the proxy has had time to ask."""
        stop_server = signal.getsignal(signal.SIGTERM)
        if not callable(stop_server):
            # No server has this app: a test, or a command.
            yield
            return
        loop = asyncio.get_running_loop()

        def begin(number: int, frame: FrameType | None) -> None:
            self.begun = True
            # Whatever is stuck must not keep us from ending in time.
            watchdog = threading.Timer(float(os.environ.get("GRACE_SECONDS", "10")) * 0.75, os._exit, [1])
            watchdog.daemon = True
            watchdog.start()
            loop.call_soon_threadsafe(loop.call_later, SERVE_ON, stop_server, number, frame)

        signal.signal(signal.SIGTERM, begin)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, stop_server)
