"""What lies between SIGTERM and the end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Draining:
    def __init__(self) -> None:
        self.begun = False

    @contextmanager
    def before_the_end(self) -> Iterator[None]:
        stop_server = signal.getsignal(signal.SIGTERM)
        assert callable(stop_server)

        def begin(number: int, frame: FrameType | None) -> None:
            self.begun = True
            stop_server(number, frame)

        signal.signal(signal.SIGTERM, begin)
        yield
