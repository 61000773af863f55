"""Reads `chapter.toml`: every mistake in it becomes one sentence that names the file and the key."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from onduty.course.problems import CourseError

FILE_NAME: Final = "chapter.toml"
PARTS: Final = (
    "Off localhost",
    "The database under load",
    "When others fail",
    "Staying up",
    "Keeping people out",
    "Seeing in the dark",
    "Shipping",
)
NEEDS: Final = ("postgres", "valkey", "payments")
TIERS: Final = 3
"""A task has a nudge, a pointer, and almost the code."""

TWO_HOURS: Final = 120
"""Minutes; from there on a time is told in hours."""

DIRECTORY: Final = re.compile(r"(?P<number>\d\d)-(?P<id>[a-z0-9]+(?:-[a-z0-9]+)*)")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Task:
    """A numbered thing to fix."""

    id: str
    title: str
    points: int
    hints: tuple[str, ...]
    bonus: bool = False
    """Whether its points come on top, and nothing is lost without them."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One incident: what `chapter.toml` says of it, and where its files are."""

    root: Path
    """The course it belongs to."""
    number: int
    id: str
    title: str
    part: int
    minutes: int
    page: str
    needs: frozenset[str]
    prerequisites: tuple[str, ...]
    objectives: tuple[str, ...]
    teaches: tuple[str, ...]
    submission: tuple[str, ...]
    learned: tuple[str, ...]
    production: str
    environment: Mapping[str, str | None] = field(hash=False)
    """What `onduty run` gives in place of the usual, as the checks do; None leaves a variable out."""
    tasks: tuple[Task, ...]

    @property
    def name(self) -> str:
        """The name of its directory in each of the mirrored trees: `05-blocked-event-loop`."""
        return f"{self.number:02}-{self.id}"

    @property
    def duration(self) -> str:
        """How long it takes, as one would say it."""
        return f"{self.minutes} min" if self.minutes < TWO_HOURS else f"{round(self.minutes / 60)} h"

    @property
    def starter(self) -> Path:
        """The chapter as the learner gets it."""
        return self.root / "chapters" / self.name

    @property
    def solution(self) -> Path:
        """The chapter as we would ship it, with its `WHY.md`."""
        return self.root / "solutions" / self.name

    @property
    def checks(self) -> Path:
        """Its checks and the database they start from."""
        return self.root / "checks" / self.name

    @property
    def part_title(self) -> str:
        """Such as `The database under load`."""
        return PARTS[self.part - 1]


def read_chapter(directory: Path) -> Chapter:
    """Read the chapter that lies in `chapters/NN-id`; raises CourseError with every problem found."""
    where = f"{directory.parent.name}/{directory.name}/{FILE_NAME}"
    found = DIRECTORY.fullmatch(directory.name)
    if found is None:
        raise CourseError([f"{where}: the directory's name is not of the form NN-some-words"])
    table = _Table(where, _parsed(directory / FILE_NAME, where))
    chapter = Chapter(
        root=directory.parent.parent,
        number=int(found["number"]),
        id=table.text("id"),
        title=table.text("title"),
        part=table.whole("part", 1, len(PARTS)),
        minutes=table.whole("minutes", 1, 600),
        page=table.text("page"),
        needs=frozenset(table.texts("needs", one_of=NEEDS)),
        prerequisites=table.texts("prerequisites"),
        objectives=table.texts("objectives", least=1),
        teaches=table.globs("teaches"),
        submission=table.globs("submission"),
        learned=table.texts("learned", exactly=2),
        production=table.text("production"),
        environment=table.environment("environment"),
        tasks=table.tasks(int(found["number"])),
    )
    if chapter.id != found["id"]:
        table.problem("id", f'must be "{found["id"]}", as its directory is called')
    table.done()
    return chapter


def _parsed(file: Path, where: str) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise CourseError([f"{where} is missing"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError([f"{where} cannot be read: {error}"]) from None


class _Table:
    """One table of the file. Wrong values are noted and stood in for, so that all problems are found in one reading."""

    def __init__(self, where: str, values: dict[str, object]) -> None:
        self._where = where
        self._values = values
        self._asked: list[str] = []
        self.problems: list[str] = []

    def problem(self, key: str, what: str) -> None:
        self.problems.append(f"{self._where}: `{key}` {what}")

    def text(self, key: str) -> str:
        value = self._get(key)
        if isinstance(value, str) and value.strip() and not _UNPRINTABLE.search(value):
            return value
        self._wrong(key, value, "must be one line of text")
        return ""

    def whole(self, key: str, least: int, most: int) -> int:
        value = self._get(key)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._wrong(key, value, f"must be a whole number from {least} to {most}")
        return least

    def texts(
        self, key: str, *, least: int = 0, exactly: int | None = None, one_of: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        value = self._get(key)
        texts = value if isinstance(value, list) else []
        if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in texts):
            self._wrong(key, value, "must be a list of texts")
        elif len(texts) < least or exactly not in (None, len(texts)):
            self.problem(key, f"must have {f'exactly {exactly}' if exactly else f'at least {least}'} entries")
        elif one_of and set(texts) - set(one_of):
            self.problem(key, f"may hold {', '.join(one_of)}, and nothing else")
        return tuple(map(str, texts))

    def globs(self, key: str) -> tuple[str, ...]:
        globs = self.texts(key, least=1)
        if any(glob.startswith("/") or ".." in glob.split("/") for glob in globs):
            self.problem(key, "must hold paths inside the chapter")
        return globs

    def environment(self, key: str) -> Mapping[str, str | None]:
        """A table that may be missing: names with texts, or with `false` for a variable that is left out."""
        value = self._get(key)
        given = value if isinstance(value, dict) else {}
        if value is not None and not (
            isinstance(value, dict) and all(text is False or isinstance(text, str) for text in given.values())
        ):
            self.problem(key, "must be a table of texts; false leaves a variable out")
        return {name: text if isinstance(text, str) else None for name, text in given.items()}

    def tasks(self, number: int) -> tuple[Task, ...]:
        value = self._get("tasks")
        if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
            self._wrong("tasks", value, "must be one or more [[tasks]]")
            return ()
        tasks = []
        for place, entry in enumerate(value, start=1):
            table = _Table(f"{self._where}, task {place}", entry)
            points = table.whole("points", 0, 1000)
            task = Task(table.text("id"), table.text("title"), points, table.hints(), table.flag("bonus"))
            if task.id != f"{number:02}.{place}":
                table.problem("id", f'must be "{number:02}.{place}"')
            self.problems += table.unknown_keys().problems
            tasks.append(task)
        if all(task.bonus for task in tasks):
            self.problem("tasks", "must hold one that is no bonus")
        return tuple(tasks)

    def flag(self, key: str) -> bool:
        """A switch that is off where nothing is said."""
        value = self._get(key)
        if value is not None and not isinstance(value, bool):
            self._wrong(key, value, "must be true or false")
        return value is True

    def hints(self) -> tuple[str, ...]:
        return self.texts("hints", exactly=TIERS)

    def unknown_keys(self) -> "_Table":
        for key in self._values.keys() - set(self._asked):
            close = get_close_matches(key, self._asked, n=1)
            self.problem(key, f"is not a known key{f'; did you mean `{close[0]}`?' if close else ''}")
        return self

    def done(self) -> None:
        if self.unknown_keys().problems:
            raise CourseError(self.problems)

    def _get(self, key: str) -> object:
        self._asked.append(key)
        return self._values.get(key)

    def _wrong(self, key: str, value: object, what: str) -> None:
        self.problem(key, "is missing" if value is None and key not in self._values else what)
