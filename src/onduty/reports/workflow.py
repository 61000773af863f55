"""Text that a line of a CI job's log may hold without being taken for a command to the runner."""

import re
from typing import Final

_COMMAND: Final = re.compile(r"((?:^|[\n\r])[^\S\n\r]*):(?=:)")
"""`::name::value`, at the beginning of a line; the runner ignores what is white before it."""
_OLD_COMMAND: Final = re.compile(r"##(?=\[)")
"""`##[name]value`, anywhere in it."""


def harmless(text: str) -> str:
    """The text with workflow commands pulled apart, so that they can be read and do nothing."""
    return _OLD_COMMAND.sub("## ", _COMMAND.sub(r"\1: ", text))
