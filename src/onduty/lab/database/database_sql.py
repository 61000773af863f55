r"""A chapter's `database.sql`: SQL, and lines `\ir PATH` that include another file relative to this one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from onduty.lab.errors import DatabaseFileError

if TYPE_CHECKING:
    from pathlib import Path

INCLUDE = re.compile(r"\s*\\ir\s+(?P<path>\S+)\s*")


@dataclass(frozen=True)
class Piece:
    """Lines of one file that are sent to the server together."""

    file: Path
    first_line: int
    sql: str

    def line(self, position: int) -> int:
        """Return the number of the line on which the character at this position (from 1) stands."""
        return self.first_line + self.sql[: position - 1].count("\n")


@dataclass(frozen=True)
class DatabaseFile:
    """What a database is loaded from; no source makes an empty one."""

    source: Path | None
    pieces: tuple[Piece, ...]

    @classmethod
    def read(cls, source: Path | None) -> DatabaseFile:
        """Read the file and everything it includes."""
        return cls(source, tuple(_pieces(source, ())) if source else ())

    @property
    def digest(self) -> str:
        """A text that changes whenever any of the SQL does."""
        return hashlib.sha256("\0".join(piece.sql for piece in self.pieces).encode()).hexdigest()


def _pieces(file: Path, above: tuple[Path, ...]) -> list[Piece]:
    if file in above:
        message = f"{file} includes itself, by way of {above[-1]}: remove one of the `\\ir` lines."
        raise DatabaseFileError(message)
    pieces: list[Piece] = []
    numbered = enumerate(_lines(file, above), start=1)
    for is_directive, group in groupby(numbered, lambda entry: entry[1].lstrip().startswith("\\")):
        lines = list(group)
        if not is_directive:
            pieces.append(Piece(file, lines[0][0], "".join(text for _, text in lines)))
            continue
        for number, text in lines:
            include = INCLUDE.fullmatch(text)
            if include is None:
                message = f"{file}, line {number}: only `\\ir PATH` may begin with a backslash."
                raise DatabaseFileError(message)
            pieces += _pieces((file.parent / include["path"]).resolve(), (*above, file))
    return [piece for piece in pieces if piece.sql.strip()]


def _lines(file: Path, above: tuple[Path, ...]) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as refusal:
        by = f", which {above[-1]} includes," if above else ""
        message = f"{file}{by} cannot be read: {refusal}."
        raise DatabaseFileError(message) from refusal
