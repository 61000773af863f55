"""The learner's own copy of the chapters, and what On Duty keeps about it under `.onduty/`."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from onduty.course import files
from onduty.course.catalog import Chapter, Course
from onduty.course.files import Changes
from onduty.course.lock import Lock
from onduty.course.problems import NotPossibleHere, Problem
from onduty.course.progress import Damaged, Progress, now
from onduty.course.snapshots import Snapshot, Snapshots

MARKER: Final = ".onduty"
BESIDE_CHECKOUT: Final = "workspace"
AUTHORS_ONLY: Final = frozenset({"chapter.toml"})
"""What a learner's copy does not hold: the hints are given one by one."""


class NoWorkspace(Problem):
    """There is no workspace here, and none can be made without being asked."""

    def __init__(self) -> None:
        super().__init__("There is no workspace here. Make one with `onduty init DIR`, or `cd` into yours.")


class NotStarted(Problem):
    """The learner has no copy of the chapter yet."""

    def __init__(self, chapter: Chapter) -> None:
        super().__init__(f"You have no copy of {chapter.name} yet. `onduty start {chapter.number}` makes one.")


class Workspace:
    """A directory with `NN-id/` copies of chapters. Nothing here overwrites a learner's file without a snapshot."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.meta = root / MARKER
        self.snapshots = Snapshots(root, self.meta / "snapshots")
        self.notices: list[str] = []
        """Sentences the learner should read, such as that a damaged file was set aside."""
        self._lock = Lock(self.meta / "lock")

    @classmethod
    def find(cls, course: Course) -> "Workspace":
        """The workspace around the current directory, else the one beside the checkout."""
        try:
            here = Path.cwd()
        except FileNotFoundError:
            raise Problem("The directory you are in does not exist any more. `cd` to another one.") from None
        places = [here, *here.parents]
        if course.is_checkout:
            places.append(course.root / BESIDE_CHECKOUT)
        for place in places:
            # Not Path.is_dir, which raises where a directory above may not be searched.
            if os.path.isdir(place / MARKER):  # noqa: PTH112
                return cls(place)
        raise NoWorkspace

    @classmethod
    def find_or_make(cls, course: Course) -> tuple["Workspace", bool]:
        """The workspace, and whether it was made just now, which happens only beside a checkout."""
        try:
            return cls.find(course), False
        except NoWorkspace:
            if not course.is_checkout:
                raise
        return cls.make(course.root / BESIDE_CHECKOUT, course), True

    @classmethod
    def make(cls, root: Path, course: Course) -> "Workspace":
        """Make a workspace with a copy of the whole service in it."""
        workspace = cls(root)
        workspace.meta.mkdir(parents=True, exist_ok=True)
        with workspace.updating():
            if course.service is not None:
                workspace.hand_out(course.service)
        return workspace

    def directory(self, chapter: Chapter) -> Path:
        """Where the learner works on a chapter."""
        return self.root / chapter.name

    def base(self, chapter: Chapter) -> Path:
        """The chapter's starter as it was handed out."""
        return self.meta / "base" / chapter.name

    def begun_from(self, chapter: Chapter) -> Path:
        """What the learner's changes are measured against; the current starter if the copy was not handed out here."""
        base = self.base(chapter)
        return base if base.is_dir() else chapter.starter

    def has(self, chapter: Chapter) -> bool:
        """Whether the learner has a copy of the chapter."""
        return self.directory(chapter).is_dir()

    def opened(self, chapter: Chapter) -> Path:
        """Where the learner works on a chapter; raises NotStarted if that is nowhere yet."""
        if not self.has(chapter):
            raise NotStarted(chapter)
        return self.directory(chapter)

    def around(self, course: Course, place: Path) -> Chapter | None:
        """The chapter in whose copy `place` lies."""
        if not place.is_relative_to(self.root):
            return None
        names = place.relative_to(self.root).parts[:1]
        return next((chapter for chapter in course.chapters if (chapter.name,) == names), None)

    def hand_out(self, chapter: Chapter, starter: Path | None = None) -> bool:
        """Copy a chapter's starter into the workspace; False if the learner has a copy, which is left alone."""
        if self.has(chapter):
            return False
        with self._lock.held():
            if self.has(chapter):
                return False
            self.set_base(chapter, starter or chapter.starter)
            # Copied aside and renamed, so that a copy that was interrupted is never taken for the learner's.
            aside = self.meta / f"incoming-{chapter.name}"
            shutil.rmtree(aside, ignore_errors=True)
            files.make_like(self.base(chapter), aside)
            aside.rename(self.directory(chapter))
        return True

    def set_base(self, chapter: Chapter, starter: Path) -> None:
        """Remember a starter as the one that was handed out."""
        files.make_like(starter, self.base(chapter), AUTHORS_ONLY)

    def progress(self) -> Progress:
        """What the learner has achieved; a damaged state is set aside and begun anew."""
        try:
            return Progress.from_json(self._state.read_text("utf-8"))
        except FileNotFoundError:
            return Progress()
        except (Damaged, UnicodeDecodeError):
            self._set_aside()
            return Progress()

    @contextmanager
    def updating(self) -> Iterator[Progress]:
        """Change the progress; it is saved, whole, when the block ends without an error."""
        with self._lock.held():
            progress = self.progress()
            before = progress.to_json()
            yield progress
            if (after := progress.to_json()) != before or not self._state.exists():
                files.write(self._state, after.encode(), lasting=True)

    @contextmanager
    def changing(self, command: str, directories: Sequence[str]) -> Iterator[Snapshot]:
        """Overwrite files in these directories, given relative to the workspace, on behalf of `command`.

        A snapshot is taken first. If the block does not end well, it is put back.
        """
        with self._lock.held():
            snapshot = self.snapshots.take(command, directories)
            try:
                yield snapshot
            except BaseException:
                self._back_out(snapshot)
                raise

    def places(self, chapter: Chapter) -> list[str]:
        """The directories that are about a chapter, relative to the workspace: the learner's copy and its base."""
        return [str(path.relative_to(self.root)) for path in (self.directory(chapter), self.base(chapter))]

    def undo(self, number: int | None = None) -> tuple[Snapshot, dict[str, Changes]]:
        """Put back the newest snapshot, or the one with this number; what is there now becomes the newest."""
        with self._lock.held():
            snapshot = self.snapshots.find(number)
            with self.changing(f"onduty undo {snapshot.number}", snapshot.directories):
                return snapshot, self.snapshots.put_back(snapshot)

    def open(self, chapter: Chapter) -> None:
        """Make this the chapter at hand."""
        with self.updating() as progress:
            progress.current = chapter.id
            record = progress.of(chapter.id)
            record.started = record.started or now()

    @property
    def _state(self) -> Path:
        return self.meta / "state.json"

    def _back_out(self, snapshot: Snapshot) -> None:
        try:
            self.snapshots.put_back(snapshot)
        except OSError as error:
            raise NotPossibleHere(
                f"`{snapshot.before}` stopped half-way, and your files could not be put back ({error.strerror}). "
                "They are safe: `onduty undo` puts them back once that is mended."
            ) from error

    def _set_aside(self) -> None:
        aside = self._state.with_name(f"state.damaged-{now().replace(':', '').removesuffix('+0000')}.json")
        try:
            self._state.rename(aside)
        except FileNotFoundError:
            return
        self.notices.append(
            f"{self._state.relative_to(self.root)} could not be read, so lights and hints begin anew; your files are "
            f"untouched. The old one is kept as {aside.name}. `onduty check` lights what you have solved again."
        )
