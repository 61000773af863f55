"""Draws the difference between two directories: readable in a terminal, applicable by `patch -p1` from a pipe."""

import sys
from collections.abc import Collection, Iterator
from difflib import unified_diff
from pathlib import Path

from rich.text import Text

from onduty.cli.console import out
from onduty.course import files
from onduty.reports.visible import visible

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
        for line in unified_diff(old or [], new or [], left, right):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(file: Path) -> list[str] | None:
    """A file's lines; bytes that are not UTF-8 survive the way to stdout. None where there is no file."""
    if file.is_symlink():
        return [f"link to {file.readlink()}\n"]
    if not file.is_file():
        return None
    return file.read_bytes().decode(errors="surrogateescape").splitlines(keepends=True)
