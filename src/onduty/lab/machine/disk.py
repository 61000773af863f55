"""A full disk: neither the learner's fault nor ours, and told by name."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from onduty.lab.unmet import NotGraded

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
LEAST = 1 << 20
"""With less than this left, whatever went wrong there went wrong for want of room."""
SENTENCE = (
    "The disk mounted at {} is full. Free some space on it, "
    "or name roomier places in TMPDIR (for the runs) and ONDUTY_CACHE (for the databases)."
)


def shortage(*places: Path) -> NotGraded | None:
    """Return what to raise when one of these places has no room left."""
    return next((full_at(place) for place in places if _is_full(place)), None)


def full_at(place: Path) -> NotGraded:
    """Return what to raise when something said that there is no room left at this place."""
    return NotGraded(SENTENCE.format(next(each for each in (place, *place.parents) if os.path.ismount(each))))


def told_full(text: str) -> bool:
    """Whether a program said that the disk, or its user's share of it, is full."""
    return any(os.strerror(number) in text for number in FULL)


def _is_full(place: Path) -> bool:
    try:
        found = os.statvfs(place)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < LEAST or (found.f_files > 0 and found.f_favail == 0)
