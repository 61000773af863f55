"""The verdict bank: differently written right answers and plausible wrong ones, each with the verdict it must get."""

import shutil
import tomllib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from onduty.course.catalog import Chapter
from onduty.course.problems import CourseError
from onduty.reports.verdict import Verdict

BANK: Final = Path("tests/variants")
FILE_NAME: Final = "variant.toml"
STARTER_FILE: Final = "starter.toml"
NOT_OF_THE_APP: Final = shutil.ignore_patterns("README.md", "WHY.md", "chapter.toml", "__pycache__", ".*_cache")

Kind = Literal["right", "wrong", "starter", "solution"]


@dataclass(frozen=True)
class Variant:
    """One entry of the bank: a base, the files it replaces and removes, and the checks it must not pass."""

    chapter: Chapter
    kind: Kind
    name: str
    why: str
    base: Path
    overlay: Path | None
    remove: tuple[str, ...]
    fails: Mapping[str, Verdict]

    @property
    def id(self) -> str:
        return f"{self.chapter.name}/{self.kind}/{self.name}" if self.overlay else f"{self.chapter.name}/{self.kind}"

    def assemble(self, directory: Path) -> Path:
        """Write the app of this variant to an empty directory."""
        shutil.copytree(self.base, directory, ignore=NOT_OF_THE_APP, dirs_exist_ok=True)
        for path in self.remove:
            (directory / path).unlink()
        if self.overlay is not None:
            shutil.copytree(self.overlay, directory, ignore=shutil.ignore_patterns(FILE_NAME), dirs_exist_ok=True)
        return directory


def variants_of(chapter: Chapter) -> Iterator[Variant]:
    """The starter, the solution, and every banked answer of a chapter."""
    bank = chapter.root / BANK / chapter.name
    starter = _read(bank / STARTER_FILE, {"why", "fails"})
    yield Variant(chapter, "starter", "starter", starter["why"], chapter.starter, None, (), _fails(starter, bank))
    yield Variant(chapter, "solution", "solution", "What we would ship.", chapter.solution, None, (), {})
    for kind in ("right", "wrong"):
        for directory in sorted((bank / kind).glob("*/")):
            yield _variant(chapter, kind, directory)


def _variant(chapter: Chapter, kind: Literal["right", "wrong"], directory: Path) -> Variant:
    told = _read(directory / FILE_NAME, {"why", "fails", "base", "remove"})
    bases = {"starter": chapter.starter, "solution": chapter.solution}
    if told.get("base") not in bases:
        raise CourseError([f'{directory}: {FILE_NAME} must say base = "starter" or base = "solution"'])
    variant = Variant(
        chapter=chapter,
        kind=kind,
        name=directory.name,
        why=told["why"],
        base=bases[told["base"]],
        overlay=directory,
        remove=tuple(told.get("remove", ())),
        fails=_fails(told, directory),
    )
    if bool(variant.fails) != (kind == "wrong"):
        raise CourseError(
            [f"{directory}: a wrong variant names the checks it fails under [fails], a right one has none"]
        )
    return variant


def are_paths(value: object) -> bool:
    """Whether a file's value is a list of paths."""
    return isinstance(value, list) and all(isinstance(path, str) for path in value)


def _fails(told: Mapping[str, Any], where: Path) -> dict[str, Verdict]:
    try:
        return {check: Verdict(verdict) for check, verdict in told.get("fails", {}).items()}
    except ValueError as error:
        raise CourseError([f"{where}: {error}; write one of {', '.join(Verdict)}"]) from None


def _read(path: Path, keys: AbstractSet[str]) -> dict[str, Any]:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError([f"{path} is missing"]) from None
    except tomllib.TOMLDecodeError as error:
        raise CourseError([f"{path}: {error}"]) from None
    problems = [f"{path}: there is no key {key!r}" for key in sorted(told.keys() - keys)]
    if not isinstance(told.get("why"), str):
        problems.append(f'{path} must say why = "…"')
    if not are_paths(told.get("remove", [])):
        problems.append(f"{path}: remove must be a list of paths")
    if not isinstance(told.get("fails", {}), dict):
        problems.append(
            f'{path}: fails must be a table: a check, and its verdict, as in "05.1/menu-answers" = "failed"'
        )
    if problems:
        raise CourseError(problems)
    return told
