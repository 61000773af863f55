"""The Procfile: which commands the service consists of, and how the platform turns one into words."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onduty.lab.hosting.errors import ProcfileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PROCESSES = ("release", "web", "worker")
# What comes before a comment: quoted text, escapes, and any # that does not begin a word.
BEFORE_COMMENT = re.compile(r"""(?:[^'"\\#]|\\.|'[^']*'?|"(?:\\.|[^"\\])*"?|(?<=\S)\#)*""", re.VERBOSE)
VARIABLE = re.compile(r"\$(?:(?P<bare>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)\})")


@dataclass(frozen=True, slots=True)
class Procfile:
    """The commands of a service by process, each split into words."""

    commands: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, directory: Path) -> Procfile:
        """Read `directory/Procfile`; whatever is wrong with it is a ProcfileError that names the line."""
        path = directory / "Procfile"
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            message = "There is no Procfile beside the app; write one with a line like `web: uvicorn app.main:app`."
            raise ProcfileError(message) from None
        except (OSError, UnicodeDecodeError):
            message = "The Procfile cannot be read as UTF-8 text; write it anew, one `name: command` a line."
            raise ProcfileError(message) from None
        return cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> Procfile:
        """Parse the text of a Procfile."""
        commands: dict[str, tuple[str, ...]] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            found = BEFORE_COMMENT.match(line)
            content = found.group().strip() if found else ""
            if not content:
                continue
            name, words = _parse_line(number, content)
            if name in commands:
                message = f"Procfile, line {number}: `{name}` is there already; keep one of the two lines."
                raise ProcfileError(message)
            commands[name] = words
        if "web" not in commands:
            message = "The Procfile has no `web` line; add one with the command that serves HTTP on $HOST:$PORT."
            raise ProcfileError(message)
        return cls(commands)

    def present(self, wanted: Sequence[str]) -> list[str]:
        """Return those of the wanted processes that the service has; it must have one of them."""
        found = [name for name in wanted if name in self.commands]
        if not found:
            message = f"The Procfile has no `{wanted[0]}` line; this service needs one."
            raise ProcfileError(message)
        return found

    def words(self, name: str, environment: Mapping[str, str]) -> list[str]:
        """Return the words of a command with `$NAME` and `${NAME}` replaced; a name that is not set stays as it is."""

        def value(found: re.Match[str]) -> str:
            return environment.get(found["bare"] or found["braced"], found.group())

        return [VARIABLE.sub(value, word) for word in self.commands[name]]


def _parse_line(number: int, content: str) -> tuple[str, tuple[str, ...]]:
    name, colon, command = content.partition(":")
    name = name.strip()
    if not colon or not re.fullmatch(r"[\w-]+", name):
        message = f"Procfile, line {number}: `{content}` is not of the form `name: command`."
        raise ProcfileError(message)
    if name not in PROCESSES:
        message = f"Procfile, line {number}: the platform runs release, web and worker, and knows no `{name}`."
        raise ProcfileError(message)
    try:
        words = tuple(shlex.split(command))
    except ValueError:
        message = f"Procfile, line {number}: a quote is opened and not closed, or the line ends in a backslash."
        raise ProcfileError(message) from None
    if not words:
        message = f"Procfile, line {number}: `{name}` has no command after the colon."
        raise ProcfileError(message)
    return name, words
