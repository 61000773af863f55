"""Makes the places of a new chapter: a service that runs, one check that passes, and texts to write."""

from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Final

from onduty.authoring.variants import BANK
from onduty.course.catalog import Course
from onduty.course.chapter_file import DIRECTORY
from onduty.course.problems import Problem

TEMPLATES: Final = Path(__file__).with_name("templates")
UNWRITTEN: Final = "(to be written)"
"""Stands in every text of a new chapter; `onduty dev check` finds it."""


def make_chapter(course: Course, number: int, chapter_id: str, title: str) -> Iterator[Path]:
    """Write the files of a new chapter and yield their paths."""
    name = f"{number:02}-{chapter_id}"
    if not DIRECTORY.fullmatch(name):
        raise Problem(f'"{chapter_id}" cannot be an id: write lower-case words with hyphens, such as retry-storm.')
    if not title.strip() or not title.isprintable() or not set(title).isdisjoint('"\\'):
        raise Problem("The title cannot hold a straight quote, a backslash or a line break: write “ and ”.")
    taken = [chapter.name for chapter in course.chapters if chapter.number == number or chapter.id == chapter_id]
    if taken:
        raise Problem(f"{taken[0]} is there already: choose another number and id.")
    words = {
        "number": f"{number:02}",
        "plain": str(number),
        "id": chapter_id,
        "name": name,
        "title": title,
        "unwritten": UNWRITTEN,
    }
    trees = {
        "chapter": [course.root / "chapters" / name],
        "app": [course.root / "chapters" / name, course.root / "solutions" / name],
        "solution": [course.root / "solutions" / name],
        "checks": [course.root / "checks" / name],
        "bank": [course.root / BANK / name],
    }
    for tree, targets in trees.items():
        for template in sorted((TEMPLATES / tree).rglob("*.txt")):
            text = Template(template.read_text(encoding="utf-8")).substitute(words)
            for target in targets:
                path = target / template.relative_to(TEMPLATES / tree).with_suffix("")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                yield path
