"""`--json`, `--junit` and `--render FORM=FILE`, as several commands have them."""

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from onduty.cli.console import note
from onduty.course.problems import Problem

if TYPE_CHECKING:
    from onduty.reports.model import Report
    from onduty.reports.renderings import Rendering
    from onduty.reports.sheet import Sheet

STDOUT: Final = "-"


def parse_renderings(
    given: Sequence[str] | None, json_file: str | None = None, junit_file: Path | None = None
) -> "list[Rendering]":
    """Read the options before anything is run: a slip in them must not cost a night of grading."""
    asked = list(given or [])
    if json_file not in {None, STDOUT}:
        asked.append(f"json={json_file}")
    if junit_file is not None:
        asked.append(f"junit={junit_file}")
    if not asked:
        return []
    from onduty.reports.renderings import Rendering

    renderings = [Rendering.parse(each) for each in asked]
    for rendering in renderings:
        _require_writable(rendering.path)
    return renderings


def write_renderings(renderings: "Sequence[Rendering]", sheets: "Sequence[Sheet]", json: Callable[[], str]) -> None:
    for rendering in renderings:
        with writing(rendering.path):
            left_out = rendering.write(sheets, json)
        for sentence in left_out:
            note(sentence)


def write_own(report: "Report", renderings: "Sequence[Rendering]", json_file: str | None) -> None:
    """One's own report: on standard output where that was asked for, and into every file."""
    text = report.model_dump_json(indent=2)
    if json_file == STDOUT:
        typer.echo(text)
    if renderings:
        from onduty.reports.sheet import Sheet

        write_renderings(renderings, [Sheet.of(report)], lambda: text + "\n")


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Tell whoever named the file when it cannot be written."""
    try:
        yield
    except OSError as error:
        raise Problem(f"{path} cannot be written ({error.strerror}). Name another file.") from None


def _require_writable(path: str) -> None:
    with writing(path):
        target = Path(path)
        place = next(each for each in (target, *target.absolute().parents) if each.exists())
        if place is target and target.is_dir():
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if place is not target and not place.is_dir():
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(place, os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
