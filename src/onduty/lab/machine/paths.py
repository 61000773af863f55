"""Where the lab keeps what outlives a run (the cache), and what does not (the run's own directory)."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN_PREFIX = "onduty-run-"
# A file system in memory, where a data directory is copied in 0.04 s; on a disk in daily use it took up to 0.8 s.
MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private directory
MEMORY_NEEDED = 1 << 30
# A unix socket's path holds about 100 characters; a run's own part of it takes about 45.
LONGEST_PARENT = 55


def cache_dir() -> Path:
    """Return the directory for things made once per machine; it exists and can be written.

    ONDUTY_CACHE, else XDG_CACHE_HOME/onduty, else ~/.cache/onduty, else a private directory beside the temporary
    files. For root the directory must also be one that everybody can enter, because PostgreSQL refuses to run as root
    and its stand-in has to read there.
    """
    for candidate in _candidates():
        if _usable(candidate):
            return candidate
    return Path(tempfile.mkdtemp(prefix="onduty-cache-"))


def new_run_dir() -> Path:
    """Make the private directory of one run, with a path short enough to hold unix sockets."""
    run_dir = Path(tempfile.mkdtemp(prefix=RUN_PREFIX, dir=_run_parent())).resolve()
    if is_root():
        run_dir.chmod(0o711)
    return run_dir


def is_root() -> bool:
    """Whether servers must be started as somebody else."""
    return os.geteuid() == 0


def others_can_enter(directory: Path) -> bool:
    """Whether any user of this machine may pass through this directory to a file whose name they know."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in (directory, *directory.resolve().parents))


def make_cache_directory(directory: Path) -> None:
    """Make a directory of the cache unless it exists: private, but for root, whose servers read it as somebody else."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o755 if is_root() else 0o700)


def others_can_read(file: Path) -> bool:
    """Whether any user of this machine may read this file."""
    return bool(file.stat().st_mode & stat.S_IROTH) and others_can_enter(file.parent)


def open_to_others(tree: Path) -> None:
    """Let every user read what is in this directory."""
    for place, _, files in os.walk(tree):
        directory = Path(place)
        directory.chmod(0o755)
        for file in (directory / name for name in files):
            runnable = file.stat().st_mode & stat.S_IXUSR
            file.chmod(0o755 if runnable else 0o644)


def _candidates() -> Iterator[Path]:
    for name, below in (("ONDUTY_CACHE", "."), ("XDG_CACHE_HOME", "onduty")):
        if value := os.environ.get(name):
            yield Path(value).absolute() / below
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises where there is no home
    if os.path.isabs(home):  # noqa: PTH117
        yield Path(home, ".cache", "onduty")
    if is_root():
        yield Path("/var/cache/onduty")
    for parent in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):  # noqa: S108 - ownership is verified
        yield Path(parent, f"onduty-cache-{os.getuid()}")


def _usable(directory: Path) -> bool:
    try:
        if is_root() and not others_can_enter(_nearest_existing(directory)):
            return False
        make_cache_directory(directory)
        found = directory.stat()
        private = found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        with tempfile.TemporaryFile(dir=directory):
            return private
    except OSError:
        return False


def _roomy(memory: Path) -> bool:
    """Whether a run fits into this memory, and programs may be started from there."""
    try:
        found = os.statvfs(memory)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize >= MEMORY_NEEDED and not found.f_flag & os.ST_NOEXEC


def _nearest_existing(directory: Path) -> Path:
    return next(place for place in (directory, *directory.parents) if place.exists())


def _run_parent() -> str:
    memory = [str(MEMORY)] if "TMPDIR" not in os.environ and _roomy(MEMORY) else []
    for parent in dict.fromkeys((*memory, tempfile.gettempdir(), "/tmp", "/var/tmp")):  # noqa: S108 - as above
        fits = len(parent) <= LONGEST_PARENT and os.access(parent, os.W_OK | os.X_OK)
        if fits and (not is_root() or others_can_enter(Path(parent))):
            return parent
    return tempfile.gettempdir()
