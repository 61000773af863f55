"""The hostile bank: what each attack tries, what holds it, and how a submission is made of it."""

import shutil
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from onduty.authoring import hostile_archives

COURSES: Final = {"05-blocked-event-loop": ".", "19-lying-health-checks": ".", "01-first-light": "tests/mini"}
"""The chapters that are attacked, and the course each belongs to, as a path in the checkout."""
TREES: Final = {"starter": "chapters", "solution": "solutions"}
NOT_HANDED_IN: Final = shutil.ignore_patterns("__pycache__", ".*_cache", "attack.toml", "chapter.toml", "*.md")


@dataclass(frozen=True)
class Attack:
    """One entry: files that replace those of the starter, and what they must not gain."""

    checkout: Path
    directory: Path
    title: str
    tries: str
    held_by: str
    chapter: str
    base: str
    earns: float
    needs_isolation: bool
    bubblewrap_only: bool = False
    """Whether the other sandbox does not hold it."""
    made_by: str | None = None
    verdicts: tuple[str, ...] = ()
    shows: str = ""
    """What its report holds where it was really tried."""
    called: str | None = None
    roster: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What the roster says of the learner who hands it in."""

    @property
    def name(self) -> str:
        """The name of its directory."""
        return self.directory.name

    @property
    def learner(self) -> str:
        """The name under which it is handed in."""
        return self.called or self.name

    @property
    def isolation(self) -> str:
        """What it takes to hold it, in a word or three."""
        if self.bubblewrap_only:
            return "by bubblewrap"
        return "yes" if self.needs_isolation else "no"

    @property
    def course(self) -> Path:
        """The course that its chapter belongs to."""
        return (self.checkout / COURSES[self.chapter]).resolve()

    def hand_in(self, place: Path, known: Mapping[str, str]) -> Path:
        """Make the submission; `known` is what the attacker is told: paths, ports, a pid."""
        target = place / self.learner
        shutil.copytree(self.course / TREES[self.base] / self.chapter, target / self.chapter, ignore=NOT_HANDED_IN)
        shutil.copytree(self.directory, target / self.chapter, ignore=NOT_HANDED_IN, dirs_exist_ok=True)
        for file in self.directory.rglob("*"):
            if file.is_file() and file.name != "attack.toml" and "__pycache__" not in file.parts:
                text = file.read_text("utf-8")
                for name, value in known.items():
                    text = text.replace(f"@{name}@", value)
                (target / self.chapter / file.relative_to(self.directory)).write_text(text, "utf-8")
        if self.made_by is None:
            return target
        make: Callable[[Path, str, Path], Path] = getattr(hostile_archives, self.made_by)
        return make(target, self.chapter, self.course)


def every_attack(checkout: Path) -> list[Attack]:
    """The whole bank."""
    found = []
    for file in sorted((checkout / "tests" / "hostile" / "attacks").glob("*/attack.toml")):
        entry = tomllib.loads(file.read_text("utf-8"))
        verdicts = tuple(entry.pop("verdicts", ()))
        found.append(Attack(checkout=checkout, directory=file.parent, verdicts=verdicts, **entry))
    return found


def table(attacks: Iterable[Attack]) -> str:
    """The bank as a Markdown table."""
    rows = [f"| {attack.title} | {attack.tries} | {attack.held_by} | {attack.isolation} |" for attack in attacks]
    return "\n".join(["| attack | it … | what holds it | needs isolation |", "|---|---|---|---|", *rows]) + "\n"
