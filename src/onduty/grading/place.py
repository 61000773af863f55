"""Where learners' code lies while it is graded: a directory that is gone with whoever made it, however that ends."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from onduty.lab.machine.guardian import Guardian

PREFIX: Final = "onduty-grading-"
BEGINNING: Final = 60.0
"""Seconds within which whoever makes a place has locked it."""


@contextmanager
def private_place() -> Iterator[Path]:
    """A directory that nobody else can list; the lab's guardian removes it even after SIGKILL.

    Where the guardian was killed as well, as when a batch system ends a whole job, the next one who needs a place does.
    """
    sweep(Path(tempfile.gettempdir()))
    place = Path(tempfile.mkdtemp(prefix=PREFIX))
    mark = os.open(place, os.O_RDONLY)
    fcntl.flock(mark, fcntl.LOCK_EX)
    guardian = Guardian.start(place)
    try:
        place.chmod(0o711)  # a sandbox that is not the superuser's passes here
        yield place
    finally:
        guardian.close()
        os.close(mark)


def sweep(parent: Path) -> None:
    """Remove the places of whoever is gone: their locks are open."""
    for place in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else's, in use, or gone meanwhile
            found = place.lstat()
            if found.st_uid != os.geteuid() or time.time() - found.st_mtime < BEGINNING:
                continue
            mark = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
            finally:
                os.close(mark)
