"""Why an assertion in a check failed, in words for the learner."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Because:
    """The message of an assertion: `assert alive.status_code == 200, Because("…", likely="…")`.

    Python evaluates the message only when the assertion fails, so the newest `Because` of a check is the reason of
    its failure. It is remembered here since pytest turns assertion messages into plain strings.
    """

    happened: str
    likely: str | None = None
    observed: str | None = None
    expected: str | None = None
    evidence: tuple[str, ...] = ()
    next: str | None = None

    _newest: ClassVar["Because | None"] = None

    def __post_init__(self) -> None:
        Because._newest = self

    @classmethod
    def newest(cls) -> "Because | None":
        return cls._newest

    @classmethod
    def forget(cls) -> None:
        cls._newest = None

    def __str__(self) -> str:
        return self.happened
