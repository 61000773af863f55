"""What the learner has achieved, as it is kept in `.onduty/state.json`: by chapter id, in a versioned form."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Self, TypeVar

from onduty.course.problems import NotPossibleHere

T = TypeVar("T")

VERSION: Final = 1


class Damaged(ValueError):
    """The text is not a state that this program, or an older one, has written."""


class FromNewerVersion(NotPossibleHere):
    """A newer onduty has written it, and it may hold what this one would lose."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"This workspace was last used with a newer onduty (its state has version {version}, this program knows "
            f"{VERSION}). Upgrade onduty; nothing was changed."
        )


class Light(StrEnum):
    """Whether a chapter's checks pass."""

    DARK = "dark"
    LIT = "lit"
    OUT = "out"
    """It was lit, and the checks do not pass any more."""


@dataclass
class Track:
    """A chapter's checks on one code base: the drill, or the whole service."""

    light: Light = Light.DARK
    since: str | None = None
    checks: dict[str, bool] = field(default_factory=dict)
    """The latest outcome of each check, by its id: `05.1/liveness-answers`."""

    def turn_on(self) -> None:
        """Every check of the chapter has passed."""
        if self.light is not Light.LIT:
            self.light, self.since = Light.LIT, now()

    def turn_off(self) -> None:
        """A check of the chapter does not pass: a light that was lit goes out, a dark one stays dark."""
        if self.light is Light.LIT:
            self.light, self.since = Light.OUT, now()

    def passes(self, task_id: str) -> bool:
        """Whether every check of the task that has been run passed when it was last run."""
        outcomes = [passed for check, passed in self.checks.items() if check.partition("/")[0] == task_id]
        return bool(outcomes) and all(outcomes)


@dataclass
class Record:
    """What is known of one chapter."""

    started: str | None = None
    drill: Track = field(default_factory=Track)
    ship: Track = field(default_factory=Track)
    hints: dict[str, int] = field(default_factory=dict)
    """How many hints were read, by task."""


@dataclass
class Progress:
    """The whole state: the chapter at hand and the record of each."""

    current: str | None = None
    chapters: dict[str, Record] = field(default_factory=dict)

    def of(self, chapter_id: str) -> Record:
        """The record of a chapter; a new one if nothing is known of it."""
        return self.chapters.setdefault(chapter_id, Record())

    def to_json(self) -> str:
        """The text of the state file."""
        return json.dumps({"version": VERSION, **asdict(self)}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the text of a state file; raises Damaged, or FromNewerVersion."""
        try:
            state = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Damaged(str(error)) from None
        version = _get(state, "version", int, 0)
        if version > VERSION:
            raise FromNewerVersion(version)
        if version != VERSION:
            raise Damaged(f"no state has version {version}")
        chapters = _get(state, "chapters", dict, {})
        return cls(_get(state, "current", str, None), {name: _record(entry) for name, entry in chapters.items()})


def now() -> str:
    """The time as the state file holds it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _record(entry: object) -> Record:
    return Record(
        started=_get(entry, "started", str, None),
        drill=_track(_get(entry, "drill", dict, {})),
        ship=_track(_get(entry, "ship", dict, {})),
        hints=_all(_get(entry, "hints", dict, {}), int),
    )


def _track(entry: dict[str, Any]) -> Track:
    light = _get(entry, "light", str, Light.DARK)
    if light not in set(Light):
        raise Damaged(f"no light is {light!r}")
    return Track(Light(light), _get(entry, "since", str, None), _all(_get(entry, "checks", dict, {}), bool))


def _get(entry: object, key: str, kind: type, default: Any) -> Any:
    if not isinstance(entry, Mapping):
        raise Damaged(f"{entry!r} is not an object")
    value = entry.get(key)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise Damaged(f"{key} is {value!r}")
    return value


def _all(entries: dict[str, Any], kind: type[T]) -> dict[str, T]:
    if not all(isinstance(value, kind) for value in entries.values()):
        raise Damaged(f"not every value of {entries!r} is a {kind.__name__}")
    return entries
