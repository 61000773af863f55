"""What a bank entry's verdict depends on, as one hash."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from onduty.authoring.variants import Variant

SKIPPED = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def fingerprint(variant: Variant) -> str:
    """The variant's own files, its base, the chapter's checks, and the engine that runs them."""
    root = variant.chapter.root
    places = [variant.base, variant.chapter.checks, root / "checks" / "schema.sql", *_engine(root)]
    if variant.overlay is not None:
        places.append(variant.overlay)
    digest = hashlib.sha256(repr((variant.kind, variant.remove, sorted(variant.fails.items()))).encode())
    for path in sorted(_files(places)):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _engine(root: Path) -> list[Path]:
    return [root / "src" / "onduty" / part for part in ("lab", "checking")]


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_file():
            yield place
            continue
        for path in place.rglob("*"):
            if path.is_file() and not SKIPPED & set(path.parts) and path.suffix not in {".md", ".pyc"}:
                yield path
