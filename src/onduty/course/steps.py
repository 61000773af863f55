"""The whole service between the starter and the solution: one step a light.

A step holds no diff. Its `step.toml` names the files that reach their last form with it, and its directory holds those
that change and will change again, whole. So a fix in the solution is in every step that has it, without being told.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onduty.course import files
from onduty.course.catalog import Chapter, Course
from onduty.course.globs import matches
from onduty.course.problems import CourseError, Problem

STEPS: Final = Path("solutions/steps")
FILE_NAME: Final = "step.toml"
NOT_OF_THE_APP: Final = frozenset({"README.md", "chapter.toml", "WHY.md"})
KEYS: Final = ("takes", "without")


@dataclass(frozen=True, slots=True)
class Step:
    """What is done to the service so that one more light goes on."""

    directory: Path
    takes: tuple[str, ...]
    """Patterns of the files that are from now on as in the solution."""
    without: tuple[str, ...]
    """Patterns of the files that are not there: not yet, or not any more."""

    @property
    def name(self) -> str:
        """The chapter whose light it is: `05-blocked-event-loop`."""
        return self.directory.name


@dataclass(frozen=True, slots=True)
class Build:
    """The series of steps from the starter of the whole service to its solution."""

    service: Chapter
    steps: tuple[Step, ...]

    def after(self, count: int) -> Mapping[str, Path]:
        """Every file of the service after so many steps, by its path inside it."""
        solution = files.listing(self.service.solution, NOT_OF_THE_APP)
        app = files.listing(self.service.starter, NOT_OF_THE_APP)
        for step in self.steps[:count]:
            app |= {path: file for path, file in solution.items() if matches(path, step.takes)}
            app = {path: file for path, file in app.items() if not matches(path, step.without)}
            app |= files.listing(step.directory, {FILE_NAME})
        return dict(sorted(app.items()))

    def write(self, count: int, directory: Path) -> Path:
        """Put the service after so many steps into a directory."""
        for path, file in self.after(count).items():
            files.copy(file, directory / path)
        return directory

    def lit(self, count: int) -> tuple[str, ...]:
        """The names of the chapters whose lights are on after so many steps."""
        return tuple(step.name for step in self.steps[:count])

    def require(self, count: int) -> None:
        """Refuse a number of steps that there is not."""
        if not 0 <= count <= len(self.steps):
            raise Problem(f"There are {len(self.steps)} steps; --step takes 0 (the starter) to {len(self.steps)}.")


def build_of(course: Course) -> Build:
    """The steps, in the order of their chapters."""
    if course.service is None:
        raise CourseError(["chapters/32-on-duty, the whole service, is missing"])
    found = sorted((course.root / STEPS).glob("[0-9][0-9]-*/"))
    return Build(course.service, tuple(_read(directory) for directory in found))


def _read(directory: Path) -> Step:
    where = f"{STEPS}/{directory.name}/{FILE_NAME}"
    try:
        told = tomllib.loads((directory / FILE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError([f"{where} is missing"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError([f"{where} cannot be read: {error}"]) from None
    problems = [f"{where}: there is no key {key!r}; it has takes and without" for key in told if key not in KEYS]
    problems += [
        f"{where}: {key} must be a list of patterns" for key in KEYS if not isinstance(told.get(key, []), list)
    ]
    if problems:
        raise CourseError(problems)
    return Step(directory, tuple(told.get("takes", ())), tuple(told.get("without", ())))
