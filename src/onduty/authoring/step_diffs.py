"""The diff of each step, as `docs/service/` shows it: made from the steps, never written by hand."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from onduty.course.globs import matches
from onduty.course.steps import Build

DIFFS: Final = Path("docs/service/diffs")
NOT_SHOWN: Final = ("tests/**", "pytest.toml")
"""The solution's own tests come with the last step, and say nothing about its light."""
NOWHERE: Final = "/dev/null"


def diffs_of(build: Build) -> Iterator[tuple[Path, str]]:
    """Where each diff belongs in the repository, and its text."""
    for number, step in enumerate(build.steps, start=1):
        yield DIFFS / f"{step.name}.diff", "".join(_diff(build.after(number - 1), build.after(number)))


def _diff(before: Mapping[str, Path], after: Mapping[str, Path]) -> Iterator[str]:
    for path in sorted(before.keys() | after.keys()):
        old, new = _lines(before.get(path)), _lines(after.get(path))
        if old == new or matches(path, NOT_SHOWN):
            continue
        names = (f"a/{path}" if path in before else NOWHERE, f"b/{path}" if path in after else NOWHERE)
        for line in difflib.unified_diff(old, new, *names):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(file: Path | None) -> list[str]:
    return [] if file is None else file.read_text(encoding="utf-8").splitlines(keepends=True)


def stale_diffs(build: Build) -> Iterator[str]:
    """One sentence for each diff in the docs that is not the step's own, while the docs have any."""
    root = build.service.root
    if not (root / DIFFS).is_dir():
        return
    wanted = dict(diffs_of(build))
    for path, text in wanted.items():
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text:
            yield f"{path.as_posix()} is not the step's diff any more: `onduty dev steps --write-diffs` makes it anew."
    for file in sorted((root / DIFFS).iterdir()):
        if file.relative_to(root) not in wanted:
            yield f"{file.relative_to(root).as_posix()} belongs to no step."


def write_diffs(build: Build) -> list[Path]:
    """Write every diff, and return where."""
    written = []
    for path, text in diffs_of(build):
        target = build.service.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        written.append(path)
    return written
