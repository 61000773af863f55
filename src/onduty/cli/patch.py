"""Draws the difference between two directories: readable in a terminal, applicable by `patch -p1` from a pipe."""

import stat
import sys
from collections.abc import Collection, Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Final

from rich.text import Text

from onduty.cli.console import out
from onduty.course import files
from onduty.reports.visible import visible

PLAIN: Final = "100644"
EXECUTABLE: Final = "100755"
LINK: Final = "120000"
"""How git writes the mode of a file."""
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def show_patch(before: Path, after: Path, names: tuple[str, str], without: Collection[str] = ()) -> bool:
    """Print what was done to `before` to get `after`; False if nothing was."""
    lines = list(patch(before, after, names, without))
    if not out().is_terminal:
        sys.stdout.writelines(lines)
        return bool(lines)
    for line in lines:
        heading = line.startswith(("+++ ", "--- "))
        style = "bold" if heading else _COLOURS.get(line[:1], "")
        out().print(Text(visible(line.rstrip("\n")), style), soft_wrap=True)
    return bool(lines)


def patch(before: Path, after: Path, names: tuple[str, str], without: Collection[str] = ()) -> Iterator[str]:
    """The lines of a unified diff between the source files of two directories."""
    for path in files.changes(before, after, without).paths:
        old, new = _lines(before / path), _lines(after / path)
        left = f"{names[0]}/{path}" if old is not None else "/dev/null"
        right = f"{names[1]}/{path}" if new is not None else "/dev/null"
        if any("\0" in line for line in (*(old or ()), *(new or ()))):
            yield f"Binary files {left} and {right} differ\n"
            continue
        lines = list(unified_diff(old or [], new or [], left, right))
        modes = _mode(before / path), _mode(after / path)
        if not lines or set(modes) == {PLAIN, EXECUTABLE}:
            yield f"diff --git {names[0]}/{path} {names[1]}/{path}\n"
            yield from _mode_lines(*modes)
        for line in lines:
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _mode_lines(old: str | None, new: str | None) -> Iterator[str]:
    """As git says what no line of a diff can: an empty file that came or went, a file that may be executed now."""
    if old is None:
        yield f"new file mode {new}\n"
    elif new is None:
        yield f"deleted file mode {old}\n"
    else:
        yield f"old mode {old}\n"
        yield f"new mode {new}\n"


def _mode(file: Path) -> str | None:
    if file.is_symlink():
        return LINK
    if not file.is_file():
        return None
    return EXECUTABLE if file.stat().st_mode & stat.S_IXUSR else PLAIN


def _lines(file: Path) -> list[str] | None:
    """A file's lines; bytes that are not UTF-8 survive the way to stdout. None where there is no file."""
    if file.is_symlink():
        return [f"link to {file.readlink()}\n"]
    if not file.is_file():
        return None
    with file.open("rb") as lines:  # not `splitlines`, which knows ends of lines that `patch` does not
        return [line.decode(errors="surrogateescape") for line in lines]
