"""The roster: who hands in what, in a CSV file that a spreadsheet or a learning platform wrote."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from onduty.course.problems import Problem
from onduty.grading.model import Learner
from onduty.grading.names import file_name, on_one_line, printable

SUBMISSION: Final = "submission"
ID: Final = "id"
NAME: Final = "name"
SUBMITTED: Final = "submitted"
NEEDED: Final = (SUBMISSION, ID)
OURS: Final = frozenset({SUBMISSION, ID, NAME, SUBMITTED})


@dataclass(frozen=True)
class Line:
    """One learner on the roster."""

    learner: Learner
    submission: str
    """What it is called, empty where nothing was handed in; several learners may have made one together."""
    submitted_at: str | None = None
    """When it was handed in, where the roster knows."""


def read_roster(path: Path) -> list[Line]:
    """A CSV file with the columns `submission` and `id`, perhaps `name` and `submitted`; others are kept."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_lines(path, csv.DictReader(file)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Problem(f"The roster {path} cannot be read ({error}); it must be a CSV file in UTF-8.") from None


def _lines(path: Path, rows: "csv.DictReader[str]") -> Iterator[Line]:
    columns = rows.fieldnames or ()
    if missing := [name for name in NEEDED if name not in columns]:
        raise Problem(f"The roster {path} has no column `{missing[0]}`; it needs `submission` and `id`.")
    seen: dict[str, int] = {}
    for row in rows:
        where = f"The roster {path}, line {rows.line_num}"
        if any(row.pop(None, ())):
            raise Problem(f"{where}, has more cells than the first line: put a cell with a comma in quotes.")
        if not any(row.values()):
            continue
        if row[SUBMISSION] is None or not row[ID]:
            column = SUBMISSION if row[SUBMISSION] is None else ID
            raise Problem(f"{where}, has no cell in the column `{column}`: every learner needs one.")
        if row[ID] in seen:
            raise Problem(
                f"{where}, column `id`: {printable(row[ID])} is in line {seen[row[ID]]} already. Give each their own."
            )
        seen[row[ID]] = rows.line_num
        cells = {name: on_one_line(value or "") for name, value in row.items()}
        learner = Learner(
            id=file_name(row[ID]),
            roster_id=cells[ID],
            name=printable(cells.get(NAME) or cells[ID]),
            fields={name: value for name, value in cells.items() if name not in OURS},
        )
        yield Line(learner, row[SUBMISSION], _moment(row.get(SUBMITTED), where))


def _moment(text: str | None, where: str) -> str | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Problem(
            f"{where}, column `submitted`: {printable(text)} is no time with a zone, as in 2026-12-01T23:59:00+01:00."
        )
    return moment.astimezone(UTC).isoformat(timespec="seconds")
