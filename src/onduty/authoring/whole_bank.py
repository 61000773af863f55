"""The bank of the whole service: right ones that light everything, and for each light one in which only it is out."""

import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from onduty.authoring.looks import Known
from onduty.authoring.variants import BANK, FILE_NAME, are_paths
from onduty.course import files
from onduty.course.catalog import Course
from onduty.course.problems import CourseError
from onduty.course.steps import NOT_OF_THE_APP, Build, build_of

KEYS: Final = frozenset({"why", "as_after", "remove", "out"})


@dataclass(frozen=True)
class WholeVariant:
    """The solution, but for the files that the variant has itself, has as they were after a step, or has not."""

    name: str
    directory: Path
    why: str
    as_after: Mapping[str, tuple[str, ...]]
    remove: tuple[str, ...]
    out: str | None
    """The chapter whose light is out; None for a right one."""

    def write(self, build: Build, directory: Path) -> Path:
        shutil.copytree(build.service.solution, directory, ignore=shutil.ignore_patterns(*NOT_OF_THE_APP))
        names = build.lit(len(build.steps))
        for step, paths in self.as_after.items():
            then = build.after(names.index(step) + 1)
            for path in paths:
                files.copy(then[path], directory / path)
        for path in self.remove:
            (directory / path).unlink()
        for path, file in files.listing(self.directory, {FILE_NAME}).items():
            files.copy(file, directory / path)
        return directory


def whole_variants(course: Course) -> list[WholeVariant]:
    """Every entry; raises CourseError with the problems of all of them."""
    if course.service is None:
        return []
    bank = course.root / BANK / course.service.name
    found, problems = [], []
    for directory in sorted((*bank.glob("right/*/"), *bank.glob("wrong/*/"))):
        try:
            found.append(_read(course, directory))
        except CourseError as error:
            problems += error.problems
    if problems:
        raise CourseError(problems)
    return found


@contextmanager
def written(course: Course, variants: list[WholeVariant]) -> Iterator[list[Known]]:
    """Each variant as something to look at; gone after the block."""
    build = build_of(course)
    everything = [chapter.name for chapter in course.incidents]
    with TemporaryDirectory(prefix="onduty-whole-") as place:
        yield [
            Known(
                variant.name,
                variant.write(build, Path(place, variant.name, build.service.name)),
                [name for name in everything if name != variant.out],
            )
            for variant in variants
        ]


def broken_whole_bank(course: Course) -> Iterator[str]:
    """One sentence for each rule of the bank of the whole service that does not hold."""
    try:
        variants = whole_variants(course)
    except CourseError as error:
        yield from error.problems
        return
    out = {variant.out for variant in variants}
    for chapter in course.incidents:
        if variants and chapter.name not in out:
            yield f"{BANK}/32-on-duty/wrong: no variant has only the light of {chapter.name} out."


def _read(course: Course, directory: Path) -> WholeVariant:
    where = f"{BANK.as_posix()}/{directory.parent.parent.name}/{directory.parent.name}/{directory.name}/{FILE_NAME}"
    try:
        told: dict[str, Any] = tomllib.loads((directory / FILE_NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError) as error:
        raise CourseError([f"{where}: {error}"]) from None
    build = build_of(course)
    names = build.lit(len(build.steps))
    problems = [f"{where}: there is no key {key!r}" for key in sorted(told.keys() - KEYS)]
    if not isinstance(told.get("why"), str):
        problems.append(f'{where} must say why = "…"')
    if directory.parent.name == "wrong" and told.get("out") not in names:
        problems.append(f"{where}: `out` must name the chapter whose light is out")
    problems += [f"{where}: {problem}" for problem in _misnamed(build, told)]
    if problems:
        raise CourseError(problems)
    return WholeVariant(
        name=f"{directory.parent.name}/{directory.name}",
        directory=directory,
        why=told["why"],
        as_after={step: tuple(paths) for step, paths in told.get("as_after", {}).items()},
        remove=tuple(told.get("remove", ())),
        out=told.get("out"),
    )


def _misnamed(build: Build, told: Mapping[str, Any]) -> Iterator[str]:
    """What `as_after` and `remove` name and there is not."""
    as_after, remove = told.get("as_after", {}), told.get("remove", [])
    names = build.lit(len(build.steps))
    known = set(files.listing(build.service.solution, NOT_OF_THE_APP))
    if not isinstance(as_after, dict) or not all(are_paths(paths) for paths in as_after.values()):
        yield 'as_after must be a table: the name of a step, and a list of paths, as in "05-slug" = ["app/main.py"]'
        as_after = {}
    for step, paths in as_after.items():
        if step not in names:
            yield f"as_after names {step}, which is no step"
            continue
        then = build.after(names.index(step) + 1)
        yield from (f"as_after names {path}, which is not there after {step}" for path in paths if path not in then)
        known |= set(paths)
    if not are_paths(remove):
        yield "remove must be a list of paths"
        return
    yield from (f"remove names {path}, which the solution does not have" for path in remove if path not in known)
