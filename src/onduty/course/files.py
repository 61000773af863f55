"""Directories of source files: what they hold, how they differ, and making one like another.

Only regular files and symbolic links count. What tools leave behind (caches, virtual environments, git's own
directory) is never looked at, copied or removed.
"""

import errno
import os
import shutil
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CACHES: Final = frozenset(
    {"__pycache__", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints"}
)
NOT_SOURCE: Final = CACHES | {".git", ".venv", "venv", "node_modules", ".idea", ".vscode", ".DS_Store"}
UNFINISHED: Final = ".onduty-part"
"""The ending of a file that is being written; a kill may leave one behind."""
IGNORED: Final = (".pyc", UNFINISHED)
CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Changes:
    """How a directory differs from another, as paths inside it."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def paths(self) -> tuple[str, ...]:
        """All of them, sorted."""
        return tuple(sorted({*self.added, *self.changed, *self.removed}))


def listing(root: Path, without: Collection[str] = ()) -> dict[str, Path]:
    """Every source file under `root`, by its path inside it with `/`; empty where there is no such directory."""
    found = sorted((path.relative_to(root).as_posix(), path) for path in _walk(root))
    return {path: file for path, file in found if path not in without}


def changes(before: Path, after: Path, without: Collection[str] = ()) -> Changes:
    """What was done to `before` to get `after`, leaving some paths out of it."""
    old, new = listing(before, without), listing(after, without)
    return Changes(
        added=tuple(path for path in new if path not in old),
        changed=tuple(path for path in new if path in old and not same(old[path], new[path])),
        removed=tuple(path for path in old if path not in new),
    )


def same(one: Path, other: Path) -> bool:
    """Whether two files have the same content, the same kind, and may both be executed or not."""
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    first, second = one.stat(), other.stat()
    if first.st_size != second.st_size or (first.st_mode ^ second.st_mode) & stat.S_IXUSR:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while chunk := left.read(CHUNK):
            if chunk != right.read(CHUNK):
                return False
    return True


def make_like(model: Path, target: Path, without: Collection[str] = ()) -> Changes:
    """Give `target` exactly the source files of `model`; each file is replaced whole or not at all.

    Where there is no `model`, there is no `target` afterwards, unless it holds something else than source files.
    """
    difference = changes(target, model, without)
    for path in difference.removed:
        remove(target, path)
    model_files = listing(model)
    for path in (*difference.added, *difference.changed):
        copy(model_files[path], target / path)
    if not model.exists():
        _remove_if_empty(target)
    return difference


def copy(source: Path, target: Path) -> None:
    """Put a copy of a file in place of `target`, whole or not at all."""
    with _in_place_of(target) as beside:
        # The source's own mode is not copied: installed files may be read-only, the learner's copy must not be.
        shutil.copyfile(source, beside, follow_symlinks=False)
        if not source.is_symlink() and source.stat().st_mode & stat.S_IXUSR:
            readable = beside.stat().st_mode & 0o444
            beside.chmod(beside.stat().st_mode | readable >> 2)


def write(target: Path, content: bytes, *, lasting: bool = False) -> None:
    """Put `content` in place of a file, whole or not at all; `lasting` waits until the disk has it."""
    with _in_place_of(target) as beside:
        with beside.open("xb") as file:
            file.write(content)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)


def remove(root: Path, path: str) -> None:
    """Remove a file, and the directories under `root` that held nothing else of worth."""
    (root / path).unlink(missing_ok=True)
    for directory in list((root / path).parents)[: path.count("/")]:
        _remove_if_empty(directory)


def _walk(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        return
    for where, directories, files in os.walk(root, onerror=_refuse):
        here = Path(where)
        linked = [name for name in directories if (here / name).is_symlink()]
        directories[:] = [name for name in directories if name not in NOT_SOURCE and name not in linked]
        for name in (*files, *linked):
            path = here / name
            if name not in NOT_SOURCE and not name.endswith(IGNORED) and (path.is_symlink() or path.is_file()):
                yield path


def _remove_if_empty(directory: Path) -> None:
    if directory.is_dir() and all(entry.name in CACHES for entry in directory.iterdir()):
        shutil.rmtree(directory)


def _refuse(error: OSError) -> None:
    """A directory that cannot be read must not pass for an empty one."""
    raise error


@contextmanager
def _in_place_of(target: Path) -> Iterator[Path]:
    """A place beside `target` to write to; it becomes `target` when the block ends well, and is gone if it does not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name[:100]}.{os.urandom(4).hex()}{UNFINISHED}")
    try:
        yield beside
        beside.replace(target)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            # Python names no file, or the one it was reading; this is the one there is no room for.
            error.filename = str(target)
        raise
