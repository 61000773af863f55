"""Directories that are made once per machine: safe when two runs want one at once, made again when damaged."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from onduty.lab.machine.paths import make_cache_directory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

SEAL = "entry.json"
CONTENT = "content"
TURN = 0.01
UNUSED_DAYS = 30


@dataclass(frozen=True)
class Entry:
    """A complete directory of the store, and what its maker wrote down about it."""

    content: Path
    notes: dict[str, Any]


class Store:
    """A directory of entries of one kind, with one lock: reading is shared, making and throwing away is not."""

    def __init__(self, directory: Path) -> None:
        make_cache_directory(directory)
        self._directory = directory

    @asynccontextmanager
    async def entry(self, key: str, make: Callable[[Path], Awaitable[dict[str, Any]]]) -> AsyncIterator[Entry]:
        """Give the entry of this key, made now if it is not there whole; nobody throws it away meanwhile.

        `make` fills the directory it is given and returns notes; the note `source`, if there is one, names what the
        entry was made from, and an older entry from the same source is thrown away.
        """
        with self._lock_file() as lock:
            await _acquire(lock, fcntl.LOCK_SH)
            entry = self._find(key)
            if entry is None:
                await _acquire(lock, fcntl.LOCK_EX)
                entry = self._find(key) or await self._make(key, make)
            yield entry

    async def discard(self, key: str) -> None:
        """Throw an entry away: it turned out to be of no use."""
        with self._lock_file() as lock:
            await _acquire(lock, fcntl.LOCK_EX)
            shutil.rmtree(self._directory / key, ignore_errors=True)

    def _find(self, key: str) -> Entry | None:
        """Return the entry if it is exactly as it was when it was sealed."""
        place = self._directory / key
        try:
            seal = json.loads((place / SEAL).read_text())
            whole = seal["state"] == state(place / CONTENT)
            notes = dict(seal["notes"])
            os.utime(place / SEAL)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Entry(place / CONTENT, notes) if whole else None

    async def _make(self, key: str, make: Callable[[Path], Awaitable[dict[str, Any]]]) -> Entry:
        place = self._directory / key
        draft = self._directory / f"{key}.draft"
        for leftover in (place, *self._directory.glob("*.draft")):
            shutil.rmtree(leftover, ignore_errors=True)
        try:
            make_cache_directory(draft)
            make_cache_directory(draft / CONTENT)
            notes = await make(draft / CONTENT)
            self._prune(notes.get("source"))
            seal = json.dumps({"state": state(draft / CONTENT), "notes": notes})
            (draft / SEAL).touch(mode=0o600)
            (draft / SEAL).write_text(seal)
            draft.rename(place)
            return Entry(place / CONTENT, notes)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _prune(self, source: str | None) -> None:
        oldest = time.time() - UNUSED_DAYS * 86400
        for seal in self._directory.glob(f"*/{SEAL}"):
            try:
                unused = seal.stat().st_mtime < oldest
                replaced = source is not None and json.loads(seal.read_text())["notes"].get("source") == source
            except (OSError, ValueError, KeyError):
                continue  # damaged; made again when it is asked for
            if unused or replaced:
                shutil.rmtree(seal.parent, ignore_errors=True)

    def _lock_file(self) -> IO[str]:
        path = self._directory / "lock"
        path.touch(mode=0o600)
        return path.open("a")


def state(directory: Path) -> str:
    """Return a digest of all names, sizes and times below a directory: any change to any of it changes the digest."""
    digest = hashlib.sha256()
    root = str(directory)
    for place, directories, files in os.walk(root):
        directories.sort()
        for name in sorted([*directories, *files]):
            path = os.path.join(place, name)  # noqa: PTH118 - thousand files, at every start
            found = os.lstat(path)
            line = f"{path[len(root) :]} {found.st_size} {found.st_mtime_ns}\n"
            digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()


async def _acquire(lock: IO[str], mode: int) -> None:
    while True:
        try:
            fcntl.flock(lock, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(TURN)
        except OSError:
            return  # a file system without locks: renaming the finished entry still makes it appear whole
        else:
            return
