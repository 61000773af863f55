"""How commands talk: on stdout in plain words, in colour only to a terminal, and with questions only to a person."""

import os
import select
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

Cell = str | tuple[str, str]
"""A text, or a text and its style."""
LISTENING: Final = 0.1
"""Seconds after which a Control-C is heard at the latest that came in the moment before a read began."""


@cache
def out() -> Console:
    """The console for what was asked for."""
    return _console(stderr=False)


@cache
def err() -> Console:
    """The console for everything else: notices, questions, problems."""
    return _console(stderr=True)


def say(*parts: Cell) -> None:
    """Print one paragraph; a part may be a pair of text and style."""
    _print(out(), Text.assemble(*parts))


def note(text: str) -> None:
    """Print a sentence beside what was asked for."""
    _print(err(), Text(text))


def show_rows(rows: Iterable[Sequence[Cell]]) -> None:
    """Print rows in columns; a pipe gets each row on one line, however long."""
    texts = [[Text(*cell) if isinstance(cell, tuple) else Text(cell) for cell in row] for row in rows]
    if out().is_terminal:
        from rich.table import Table

        table = Table.grid(padding=(0, 2, 0, 0))
        for row in texts:
            table.add_row(*row)
        out().print(table)
        return
    widths = [max(len(cell) for cell in column) for column in zip(*texts, strict=True)]
    for row in texts:
        line = "  ".join(cell.plain.replace("\n", " ").ljust(width) for cell, width in zip(row, widths, strict=True))
        say(line.rstrip())


def ask(question: str, *, default: bool = False) -> bool:
    """Ask a person; the end of input is a no."""
    choice = "[Y/n]" if default else "[y/N]"
    err().print(f"{question} {choice} ", end="")
    try:
        answer = _line().strip().lower()
    except EOFError:
        note("")
        return False
    return answer in {"y", "yes"} or (default and not answer)


def interactive() -> bool:
    """Whether a person sits at both ends and may be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("CI")


def short(path: Path) -> str:
    """The path as a person would write it: relative where it is below the current directory, else with ~."""
    for start, prefix in ((Path.cwd(), ""), (Path(os.path.expanduser("~")), "~/")):  # noqa: PTH111 - never raises
        if path != start and path.is_relative_to(start):
            return prefix + path.relative_to(start).as_posix()
    return str(path)


class _PlainConsole(Console):
    """Rich would end the program itself when its reader is gone."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _line() -> str:
    # input() alone would wait on for a line if the signal came just before its read.
    while not select.select([sys.stdin], [], [], LISTENING)[0]:
        continue
    return input()


def _console(*, stderr: bool) -> Console:
    return _PlainConsole(stderr=stderr, highlight=False, markup=False, emoji=False)


def _print(console: Console, text: Text) -> None:
    # A pipe gets whole lines: whoever reads it knows its own width.
    console.print(text, soft_wrap=not console.is_terminal)
