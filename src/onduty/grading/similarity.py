"""How alike submissions are: sequences of tokens that two share and the starter does not have."""

import io
import keyword
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

LENGTH: Final = 12
"""Tokens of a sequence: about two lines."""
LEFT_OUT: Final = frozenset({
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENCODING, tokenize.ENDMARKER, tokenize.INDENT,
    tokenize.DEDENT,
})  # fmt: skip
KINDS: Final = {tokenize.STRING: "text", tokenize.NUMBER: "number"}

Sequence = tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two submissions, and what they have in common beside the starter."""

    one: str
    other: str
    shared: int
    """Sequences that both have."""
    of: int
    """Sequences of the one that has fewer."""

    @property
    def share(self) -> float:
        return self.shared / self.of if self.of else 0.0


def pairs(files: Mapping[str, Mapping[str, bytes]], starter: Mapping[str, bytes]) -> list[Pair]:
    """Every two submissions, most alike first. Files are given by path, submissions by name."""
    known = sequences(starter)
    own = {name: sequences(content) - known for name, content in files.items()}
    found = [
        Pair(one, other, len(own[one] & own[other]), min(len(own[one]), len(own[other])))
        for one, other in combinations(sorted(own), 2)
    ]
    return sorted(found, key=lambda pair: (-pair.share, -pair.shared, pair.one, pair.other))


def sequences(files: Mapping[str, bytes]) -> set[Sequence]:
    """All sequences of the Python files; names, texts, numbers, layout and comments make no difference."""
    found: set[Sequence] = set()
    for path, content in files.items():
        if path.endswith(".py"):
            tokens = list(_tokens(content))
            found.update(tuple(tokens[start : start + LENGTH]) for start in range(len(tokens) - LENGTH + 1))
    return found


def _tokens(content: bytes) -> Iterator[str]:
    """The tokens up to where the file stops being Python."""
    try:
        for token in tokenize.tokenize(io.BytesIO(content).readline):
            if token.type in LEFT_OUT:
                continue
            if token.type == tokenize.NAME:
                yield token.string if keyword.iskeyword(token.string) else "name"
            else:
                yield KINDS.get(token.type, token.string)
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError, ValueError):
        return
