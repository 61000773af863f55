"""No signal interrupts a payment."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Draining:
    begun = False

    @contextmanager
    def before_the_end(self) -> Iterator[None]:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        yield
