"""Where learners' code lies while it is graded: a directory that is gone with whoever made it, however that ends."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onduty.lab.machine.guardian import Guardian

PREFIX = "onduty-grading-"


@contextmanager
def private_place() -> Iterator[Path]:
    """A directory that nobody else can list; the lab's guardian removes it even after SIGKILL."""
    place = Path(tempfile.mkdtemp(prefix=PREFIX))
    guardian = Guardian.start(place)
    try:
        place.chmod(0o711)  # a sandbox that is not the superuser's passes here
        yield place
    finally:
        guardian.close()
