"""Copies of the learner's files, taken before anything overwrites them, and put back by `onduty undo`."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from onduty.course import files
from onduty.course.files import Changes
from onduty.course.problems import Problem
from onduty.course.progress import now

MANIFEST: Final = "snapshot.json"
VERSION: Final = 1


class NoSnapshot(Problem):
    """There is nothing to put back."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The source files of some directories as they were at one moment."""

    place: Path
    number: int
    taken: str
    """When, as ISO 8601 in UTC."""
    before: str
    """What was about to happen: `onduty reset 5`."""
    directories: tuple[str, ...]
    """Relative to the workspace; one that did not exist has no files in the snapshot."""

    @property
    def local_time(self) -> str:
        """When it was taken, for a person."""
        return f"{datetime.fromisoformat(self.taken).astimezone():%Y-%m-%d %H:%M}"

    def files_of(self, directory: str) -> Path:
        """Where the copies of a directory's files lie."""
        return self.place / str(self.directories.index(directory))


class Snapshots:
    """All snapshots of one workspace."""

    def __init__(self, workspace: Path, place: Path) -> None:
        self._workspace = workspace
        self._place = place

    def take(self, before: str, directories: Sequence[str]) -> Snapshot:
        """Copy these directories; the snapshot counts only when it is whole."""
        number = 1 + max((int(path.name) for path in self._places()), default=0)
        snapshot = Snapshot(self._place / f"{number:04}", number, now(), before, tuple(directories))
        for place in self._places():
            if not (place / MANIFEST).exists():
                # A kill cut it off; whoever took it had not overwritten anything yet.
                shutil.rmtree(place)
        try:
            snapshot.place.mkdir(parents=True)
            for directory in directories:
                files.make_like(self._workspace / directory, snapshot.files_of(directory))
            manifest = {"version": VERSION, "taken": snapshot.taken, "before": before, "directories": directories}
            files.write(snapshot.place / MANIFEST, json.dumps(manifest).encode(), lasting=True)
        except BaseException:
            shutil.rmtree(snapshot.place, ignore_errors=True)
            raise
        return snapshot

    def all(self) -> list[Snapshot]:
        """Every whole snapshot, newest first."""
        return [snapshot for place in reversed(self._places()) if (snapshot := _read(place)) is not None]

    def find(self, number: int | None = None) -> Snapshot:
        """The newest snapshot, or the one with this number."""
        found = [snapshot for snapshot in self.all() if number in (None, snapshot.number)]
        if found:
            return found[0]
        if number is None:
            raise NoSnapshot("There is nothing to undo: no command has overwritten a file of yours.")
        raise NoSnapshot(f"There is no snapshot {number}. `onduty undo --list` shows those there are.")

    def put_back(self, snapshot: Snapshot) -> dict[str, Changes]:
        """Make its directories as they were; says what that changed in each."""
        return {
            directory: files.make_like(snapshot.files_of(directory), self._workspace / directory)
            for directory in snapshot.directories
        }

    def size(self) -> int:
        """Bytes that all snapshots take."""
        return sum(path.lstat().st_size for path in files.listing(self._place).values())

    def _places(self) -> list[Path]:
        if not self._place.is_dir():
            return []
        return sorted(path for path in self._place.iterdir() if path.name.isdecimal())


def _read(place: Path) -> Snapshot | None:
    try:
        manifest = json.loads((place / MANIFEST).read_text("utf-8"))
        if manifest["version"] != VERSION:
            return None
        directories = tuple(os.fspath(directory) for directory in manifest["directories"])
        return Snapshot(place, int(place.name), str(manifest["taken"]), str(manifest["before"]), directories)
    except (OSError, ValueError, KeyError, TypeError):
        return None
