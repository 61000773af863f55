"""Names that others chose, made fit for files and for the screen."""

import hashlib
import re
from typing import Final

LONGEST_NAME: Final = 100
NOT_FOR_FILES: Final = re.compile(r"[^A-Za-z0-9._-]+")


def file_name(text: str) -> str:
    """A name for a file in the ledger; one that had to be changed ends in a digest of what it was."""
    name = NOT_FOR_FILES.sub("-", text).strip(".-")[:60]
    if name == text:
        return name
    return f"{name or 'learner'}-{hashlib.sha256(text.encode(errors='surrogateescape')).hexdigest()[:6]}"


def on_one_line(text: str) -> str:
    """All of it, with what cannot be shown replaced."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def printable(text: str) -> str:
    """What can be shown of it, on one line."""
    return on_one_line(text)[:LONGEST_NAME]
