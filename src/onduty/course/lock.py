"""Keeps two terminals from changing one workspace at the same time."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from onduty.course.problems import NotPossibleHere

PATIENCE: Final = 5.0
_EVERY: Final = 0.02


class Lock:
    """A lock on a file. The kernel frees it when its holder ends, however it ends, so none is ever stale."""

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self._path = path
        self._patience = patience
        self._depth = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; may be nested. Raises NotPossibleHere when another process keeps it too long."""
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        with self._path.open("ab") as file:
            self._acquire(file.fileno())
            self._depth = 1
            try:
                yield
            finally:
                self._depth = 0

    def _acquire(self, descriptor: int) -> None:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise NotPossibleHere(
                        f"Another onduty is changing this workspace and has not let go for {self._patience:.0f} s. "
                        "Wait for it to end, or stop it, then try again."
                    ) from None
                time.sleep(_EVERY)
            else:
                return
