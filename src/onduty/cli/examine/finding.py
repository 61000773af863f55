"""One thing that was looked at, and what was found."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

MEGABYTE = 1 << 20


def readable(size: int) -> str:
    """So many bytes, as one would say it."""
    return f"{size / MEGABYTE / 1024:.0f} GB" if size >= 10 * 1024 * MEGABYTE else f"{size / MEGABYTE:.0f} MB"


@dataclass(frozen=True, slots=True)
class Examination:
    """One thing the doctor looks at."""

    id: str
    about: str
    """What is looked at, in a few words."""
    do: str
    """What to do when it is not well."""
    needed: bool
    """Whether nothing can be checked without it; otherwise something in particular cannot."""
    look: Callable[[], tuple[bool, str]]
    """Whether it is well, and what was seen."""

    def examine(self) -> "Finding":
        """Look. What cannot even be looked at is not well."""
        try:
            ok, what = self.look()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            ok, what = False, str(error) or type(error).__name__
        return Finding(self.id, ok, self.needed, what, self.do)


@dataclass(frozen=True, slots=True)
class Finding:
    """What an examination found on this machine."""

    id: str
    ok: bool
    needed: bool
    what: str
    do: str

    def as_data(self) -> dict[str, Any]:
        """The finding for a program; with what to do only where there is something to do."""
        return {**asdict(self), "do": None if self.ok else self.do}
