"""What a bank entry's verdict depends on, as one hash."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from onduty.authoring.variants import Variant
from onduty.course.chapter_file import FILE_NAME

UNREAD = {".md", ".pyc"}
SKIPPED = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def fingerprint(variant: Variant) -> str:
    """The variant's own files, its base, the chapter's checks, and what runs them: the engine and the dependencies."""
    chapter, root = variant.chapter, variant.chapter.root
    places = [variant.base, chapter.checks, root / "checks" / "schema.sql", root / "requirements.lock", *_engine(root)]
    if variant.overlay is not None:
        places.append(variant.overlay)
    counted = [(task.id, task.points, task.bonus) for task in chapter.tasks]
    settled = (variant.kind, variant.remove, sorted(variant.fails.items()))
    said = (sorted(chapter.needs), chapter.submission, counted)
    digest = hashlib.sha256(repr((settled, said)).encode())
    for path in sorted(_files(places)):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _engine(root: Path) -> list[Path]:
    return [root / "src" / "onduty" / part for part in ("lab", "checking", "course/globs.py")]


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_file():
            yield place
            continue
        for path in place.rglob("*"):
            decides = path.suffix not in UNREAD and path.name != FILE_NAME
            if decides and path.is_file() and not SKIPPED & set(path.parts):
                yield path
