"""Takes from a submission what a chapter allows, and nothing else: plain files, few, small, with plain names."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from onduty.course.catalog import Chapter
from onduty.course.chapter_file import DIRECTORY
from onduty.course.globs import matches
from onduty.grading.sources import BROKEN, Entry, Unreadable, UnreadableHere, entries, unreadable

MOST_FILES: Final = 500
LARGEST_FILE: Final = 1 << 20
LARGEST_TOTAL: Final = 8 << 20
LONGEST_PATH: Final = 200
MENTIONED: Final = 50
NO_CHAPTER: Final = "Nothing in it belongs to a chapter: no directory has a chapter's name, such as {}."
AGAIN: Final = "Put that right on this machine, then run with --resume."
"""What to do where this machine is why nothing was taken."""


@dataclass(frozen=True)
class File:
    """A file that was taken."""

    content: bytes
    executable: bool


@dataclass(frozen=True)
class Taken:
    """The part of a submission that is graded, in memory: whoever grades it needs no access to where it came from."""

    files: Mapping[str, File] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    problem: str | None = None
    """Why nothing was taken."""
    ours: bool = False
    """Whether that is this machine's fault."""
    committed_at: float | None = None
    """The date of the commit it was taken from."""

    @property
    def digest(self) -> str:
        """The same for the same files, wherever they came from."""
        digest = hashlib.sha256((self.problem or "").encode())
        for path, file in sorted(self.files.items()):
            digest.update(f"{len(path.encode())} {path} {int(file.executable)} {len(file.content)} ".encode())
            digest.update(file.content)
        return digest.hexdigest()[:32]

    def write(self, target: Path) -> None:
        """Make a fresh directory of it, which everybody may read."""
        _make_readable(target, fresh=True)
        for path, file in self.files.items():
            place = target / path
            for parent in reversed(place.relative_to(target).parents[:-1]):
                _make_readable(target / parent, fresh=False)
            place.write_bytes(file.content)
            place.chmod(0o755 if file.executable else 0o644)


@dataclass(frozen=True)
class Intake:
    """What came of a submission."""

    chapters: Mapping[str, Taken]
    """By the chapter's name."""
    nothing: Taken | None = None
    """Why there is no chapter, where there is none."""


def take(source: str, chapters: Sequence[Chapter], *, every: bool, ship: Chapter | None = None) -> Intake:
    """What the source holds for each chapter.

    With `every`, a chapter that is not there, or cannot be read, has an entry that says so; else it has none. With
    `ship`, every chapter's checks are run on the whole service, so that is what is taken.
    """
    try:
        taken = _taken(source, chapters, every=every, ship=ship)
    except Unreadable as reason:
        nothing = _refused(reason)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one submission must not stop the others
        nothing = _refused(unreadable(error))
    else:
        example = (ship or chapters[0]).name
        return Intake(taken, None if taken else Taken(problem=NO_CHAPTER.format(example)))
    return Intake({chapter.name: nothing for chapter in chapters}) if every else Intake({}, nothing)


def take_directory(app: Path, chapter: Chapter) -> Taken:
    """What a chapter allows of the directory that is its app."""
    try:
        with entries(str(app)) as found:
            return _take(chapter, "", list(found))
    except Unreadable as reason:
        return Taken(problem=f"{app} was not taken: {reason}.")


def _make_readable(directory: Path, *, fresh: bool) -> None:
    """Make a directory that everybody may read, whatever the umask keeps back."""
    directory.mkdir(exist_ok=not fresh)
    directory.chmod(0o755)


def _taken(source: str, chapters: Sequence[Chapter], *, every: bool, ship: Chapter | None) -> dict[str, Taken]:
    taken: dict[str, Taken] = {}
    with entries(source) as found:
        listed = list(found)
        for chapter in chapters:
            holder = ship or chapter
            prefix = _place_of(holder, listed, alone=every or ship is not None or len(chapters) == 1)
            if prefix is not None:
                taken[chapter.name] = _take(holder, prefix, listed)
            elif every:
                taken[chapter.name] = Taken(problem=f"It holds nothing for {holder.name}: no directory of that name.")
    return taken


def _refused(reason: Unreadable) -> Taken:
    return Taken(problem=f"The submission was not taken: {reason}.", ours=isinstance(reason, UnreadableHere))


def _place_of(chapter: Chapter, listed: list[Entry], *, alone: bool) -> str | None:
    """The directory that holds the chapter: called after it; where none is called after any, that of the Procfile."""
    named = re.compile(rf"(?:.*?/)??{re.escape(chapter.name)}/")
    if inside := {match.group() for entry in listed if (match := named.match(entry.path))}:
        return min(inside, key=_depth)
    if not alone or any(DIRECTORY.fullmatch(part) for entry in listed for part in entry.path.split("/")[:-1]):
        return None
    procfiles = [entry.path for entry in listed if entry.path.rpartition("/")[2] == "Procfile"]
    return min(procfiles, key=_depth).removesuffix("Procfile") if procfiles else None


def _depth(path: str) -> tuple[int, str]:
    return path.count("/"), path


def _take(chapter: Chapter, prefix: str, listed: list[Entry]) -> Taken:
    files: dict[str, File] = {}
    left_out: list[str] = []
    total = 0
    for entry in sorted(listed, key=lambda entry: entry.path):
        path = entry.path.removeprefix(prefix)
        if not entry.path.startswith(prefix) or entry.kind == "directory" or not matches(path, chapter.submission):
            continue
        reason = _fault(entry, path, files)
        if reason is None:
            try:
                content = _content(entry)
            except UnreadableHere:
                raise
            except Unreadable as error:
                reason = str(error)
        if reason is None and len(content) > LARGEST_FILE:
            reason = f"larger than {LARGEST_FILE >> 20} MB"
        if reason is not None:
            left_out.append(f"{_shown(path)}: {reason}")
            continue
        total += len(content)
        files[path] = File(content, entry.executable)
        if len(files) > MOST_FILES or total > LARGEST_TOTAL:
            problem = f"It holds more than {MOST_FILES} files or {LARGEST_TOTAL >> 20} MB for {chapter.name}."
            return Taken(problem=f"The submission was not taken. {problem}")
    date = max((entry.committed_at for entry in listed if entry.committed_at), default=None)
    return Taken(files, tuple(left_out[:MENTIONED]), committed_at=date)


def _content(entry: Entry) -> bytes:
    try:
        return entry.read(LARGEST_FILE + 1)
    except BROKEN as error:
        raise unreadable(error) from None


def _fault(entry: Entry, path: str, files: Mapping[str, File]) -> str | None:
    """Why an entry that the chapter allows is not taken."""
    if entry.kind != "file":
        return "a link" if entry.kind == "link" else "neither file nor directory"
    parts = path.split("/")
    if any(part in {"", ".", ".."} for part in parts) or "\\" in path:
        return "its path leads elsewhere"
    if len(path.encode(errors="surrogateescape")) > LONGEST_PATH:
        return f"its path has more than {LONGEST_PATH} bytes"
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for letter in path):
        return "its name has characters that cannot be shown"
    if path in files or any("/".join(parts[:count]) in files for count in range(1, len(parts))):
        return "its name is there already"
    return None


def _shown(path: str) -> str:
    return ascii(path)[1:-1][:LONGEST_PATH]
