"""Three-way merge of text by lines: what two sides made of one base."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Merged:
    """The text with both sides' changes in it."""

    text: bytes
    conflicts: int
    """How many places both sides changed differently; each is marked in the text with both versions."""


def merge(base: bytes, yours: bytes, theirs: bytes, *, your_name: str, their_name: str) -> Merged:
    """Merge two descendants of `base`; changes that touch each other are a conflict, for a person to settle."""
    b, y, t = (side.splitlines(keepends=True) for side in (base, yours, theirs))
    out: list[bytes] = []
    conflicts = 0
    b_at = y_at = t_at = 0
    for b_start, y_start, t_start, length in _common(b, y, t):
        old, left, right = b[b_at:b_start], y[y_at:y_start], t[t_at:t_start]
        if right in (left, old):
            out += left
        elif left == old:
            out += right
        else:
            conflicts += 1
            out += [
                f"<<<<<<< {your_name}\n".encode(),
                *_whole_lines(left),
                b"=======\n",
                *_whole_lines(right),
                f">>>>>>> {their_name}\n".encode(),
            ]
        out += b[b_start : b_start + length]
        b_at, y_at, t_at = b_start + length, y_start + length, t_start + length
    return Merged(b"".join(out), conflicts)


def _common(b: Sequence[bytes], y: Sequence[bytes], t: Sequence[bytes]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that all three have: where they start in each, and how many; ends with an empty one at the ends."""
    left = SequenceMatcher(None, b, y, autojunk=False).get_matching_blocks()
    right = SequenceMatcher(None, b, t, autojunk=False).get_matching_blocks()
    i = j = 0
    while i < len(left) and j < len(right):
        one, other = left[i], right[j]
        start, end = max(one.a, other.a), min(one.a + one.size, other.a + other.size)
        if start < end:
            yield start, one.b + start - one.a, other.b + start - other.a, end - start
        if one.a + one.size < other.a + other.size:
            i += 1
        else:
            j += 1
    yield len(b), len(y), len(t), 0


def _whole_lines(lines: list[bytes]) -> list[bytes]:
    """The lines, each with its end, so that a marker after them begins a line."""
    return [line if line.endswith((b"\n", b"\r")) else line + b"\n" for line in lines]
