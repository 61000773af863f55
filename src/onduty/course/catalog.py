"""The chapters of the course, and how a learner may call one."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from onduty.course.chapter_file import DIRECTORY, PARTS, Chapter, Task, read_chapter
from onduty.course.problems import CourseError, Problem

__all__ = ["PARTS", "SERVICE", "AmbiguousChapter", "Chapter", "Course", "Task", "UnknownChapter"]

SERVICE: Final = "on-duty"
"""The chapter that is the whole service: every other chapter's fix is carried over into it."""
OVERRIDE: Final = "ONDUTY_COURSE"


class UnknownChapter(Problem):
    """No chapter answers to that name."""


class AmbiguousChapter(Problem):
    """More than one chapter answers to that name."""


@dataclass(frozen=True, slots=True)
class Course:
    """Everything that was written: chapters, solutions, checks."""

    root: Path
    chapters: tuple[Chapter, ...]
    is_checkout: bool
    """Whether the files are a working copy, beside which a workspace may lie, and not part of the installed package."""

    @classmethod
    def find_course(cls) -> "Course":
        """The course this program belongs to: $ONDUTY_COURSE, else the checkout, else the installed package's copy."""
        package = Path(__file__).resolve().parents[1]
        if override := os.environ.get(OVERRIDE):
            root = Path(override).absolute()
            if not (root / "chapters").is_dir():
                raise Problem(f"{OVERRIDE} names {root}, which has no chapters/ directory. Correct it or unset it.")
            return cls.load(root)
        checkout = package.parents[1]
        if (checkout / "chapters").is_dir() and (checkout / "checks").is_dir():
            return cls.load(checkout)
        return cls.load(package / "_course", is_checkout=False)

    @classmethod
    def load(cls, root: Path, *, is_checkout: bool = True) -> "Course":
        """Read every chapter; raises CourseError with the problems of all of them."""
        chapters: list[Chapter] = []
        problems: list[str] = []
        for directory in sorted((root / "chapters").glob("[0-9][0-9]-*")):
            if not directory.is_dir() or not DIRECTORY.fullmatch(directory.name):
                continue
            try:
                chapters.append(read_chapter(directory))
            except CourseError as error:
                problems += error.problems
        problems += _twice("number", (f"{chapter.number:02}" for chapter in chapters))
        problems += _twice("id", (chapter.id for chapter in chapters))
        if not chapters and not problems:
            problems.append(f"There is no chapter in {root / 'chapters'}")
        if problems:
            raise CourseError(problems)
        return cls(root, tuple(chapters), is_checkout)

    @property
    def service(self) -> Chapter | None:
        """The whole service, `32-on-duty`."""
        return self.by_id(SERVICE)

    @property
    def incidents(self) -> tuple[Chapter, ...]:
        """Every chapter but the whole service: those that have a light."""
        return tuple(chapter for chapter in self.chapters if chapter.id != SERVICE)

    def by_id(self, chapter_id: str) -> Chapter | None:
        """The chapter with this permanent id, if it is there."""
        return next((chapter for chapter in self.chapters if chapter.id == chapter_id), None)

    def find(self, name: str) -> Chapter:
        """The chapter called `5`, `05`, `05-blocked-event-loop`, `blocked-event-loop`, `blocked` or by a path to it."""
        wanted = name.strip().rstrip("/").rpartition("/")[2].lower()
        if wanted.isdecimal():
            return self._only([chapter for chapter in self.chapters if chapter.number == int(wanted)], name)
        for matches in (
            [chapter for chapter in self.chapters if wanted in (chapter.id, chapter.name)],
            [chapter for chapter in self.chapters if wanted and chapter.id.startswith(wanted)],
            [chapter for chapter in self.chapters if wanted and wanted in chapter.id],
        ):
            if matches:
                return self._only(matches, name)
        return self._only([], name)

    def after(self, chapter: Chapter) -> tuple[Chapter, ...]:
        """The other incidents in the order in which a learner meets them: the later ones, then those left out."""
        later = [other for other in self.incidents if other.number > chapter.number]
        return (*later, *(other for other in self.incidents if other.number < chapter.number))

    def _only(self, matches: list[Chapter], name: str) -> Chapter:
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise AmbiguousChapter(f'"{name}" may be {_or([chapter.name for chapter in matches])}: write one of them.')
        close = get_close_matches(name.lower(), [chapter.id for chapter in self.chapters], n=1, cutoff=0.5)
        numbers = ", ".join(f"{chapter.number:02}" for chapter in self.chapters)
        suggestion = f"Did you mean {close[0]}?" if close else f"There are {numbers}; `onduty list` shows them."
        raise UnknownChapter(f'There is no chapter "{name}". {suggestion}')


def _twice(what: str, values: Iterable[str]) -> list[str]:
    return [f"chapters/: {n} chapters have the {what} {value}" for value, n in Counter(values).items() if n > 1]


def _or(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
