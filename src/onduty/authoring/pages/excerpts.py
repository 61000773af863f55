"""The lines of a starter that a page shows, and what its solution changes in them."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Final

from onduty.course import files
from onduty.course.catalog import Chapter
from onduty.course.globs import matches

MARKER: Final = re.compile(r"^\s*#\s*TODO\(\d\d\.\d\).*\n", re.MULTILINE)
GAP: Final = 6
"""Excerpts with no more lines between them are shown as one."""
NOT_SHOWN: Final = frozenset({"README.md", "WHY.md", "chapter.toml"})
LANGUAGES: Final = {".py": "python", ".toml": "toml", ".ini": "ini", ".sql": "sql", ".yaml": "yaml", ".conf": "nginx"}


@dataclass(frozen=True)
class Excerpt:
    """Some lines of one file."""

    path: str
    text: str

    @property
    def language(self) -> str:
        return LANGUAGES.get("." + self.path.rpartition(".")[2], "text")


def marked(chapter: Chapter) -> list[Excerpt]:
    """Where the starter says TODO: the functions around the markers, or the whole of a short file."""
    found = []
    for path, file in files.listing(chapter.starter, NOT_SHOWN).items():
        text = file.read_text("utf-8", "replace")
        lines = [text.count("\n", 0, hit.end()) for hit in MARKER.finditer(text)]
        if lines and not path.endswith(".py"):
            found.append(Excerpt(path, text.strip("\n")))
        elif lines:
            found += _around(path, text, lines)
    return found


def changes(chapter: Chapter) -> str:
    """What the solution does to the starter, as a diff; the markers are taken out of both."""
    changed = files.changes(chapter.starter, chapter.solution, NOT_SHOWN)
    return "".join(line for path in changed.paths if matches(path, chapter.teaches) for line in _diff(chapter, path))


def _around(path: str, text: str, marked_lines: list[int]) -> Iterator[Excerpt]:
    """The statements that hold a marker or follow it, each once."""
    blocks = [_extent(node) for node in ast.parse(text).body]
    shown: list[tuple[int, int]] = []
    for line in marked_lines:
        last = next((end for start, end in blocks if end > line), text.count("\n"))
        first = next((start for start, end in blocks if start <= line <= end), line)
        if shown and first <= shown[-1][1] + GAP:
            shown[-1] = (shown[-1][0], max(last, shown[-1][1]))
        else:
            shown.append((first, last))
    lines = text.splitlines()
    for first, last in shown:
        yield Excerpt(path, "\n".join(lines[first - 1 : last]))


def _extent(node: ast.stmt) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)]), node.end_lineno or node.lineno


def _diff(chapter: Chapter, path: str) -> Iterator[str]:
    before, after = ((tree / path) for tree in (chapter.starter, chapter.solution))
    old, new = (
        MARKER.sub("", file.read_text("utf-8", "replace")) if file.is_file() else "" for file in (before, after)
    )
    names = (path if before.is_file() else "/dev/null", path if after.is_file() else "/dev/null")
    for line in unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), *names, n=2):
        yield line if line.endswith("\n") else f"{line}\n"
