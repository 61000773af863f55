"""Who handed in what: submissions as they are named on the command line, and a roster that knows the names."""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onduty.course.catalog import Course
from onduty.course.problems import Problem
from onduty.course.workspace import MARKER
from onduty.grading.model import Learner
from onduty.grading.sources import GIT_REVISION, tar_ending

SUBMISSION: Final = "submission"
ID: Final = "id"
NAME: Final = "name"
LONGEST_NAME: Final = 100
NOT_FOR_FILES: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Submission:
    """A learner, and where what they handed in lies; no source when they handed in nothing."""

    learner: Learner
    source: str | None


def cohort(course: Course, named: Sequence[str], roster: Path | None) -> list[Submission]:
    """Every submission, in the order given; with a roster, also those on it who handed in nothing."""
    sources = list(dict.fromkeys(source for name in named for source in _expanded(course, name)))
    if not sources:
        raise Problem(f"There is no submission in {', '.join(named)}: name directories, archives or git+URL@COMMIT.")
    entries = _roster(roster) if roster else {}
    known = {source: entries.pop(_label(source)) for source in sources if _label(source) in entries}
    found = [Submission(known.get(source) or _stranger(source), source) for source in sources]
    found += [Submission(learner, None) for learner in entries.values()]
    return _with_ids_of_their_own(found)


def _expanded(course: Course, name: str) -> Iterator[str]:
    """A directory that is no submission itself is one of submissions."""
    path = Path(name)
    if GIT_REVISION.match(name):
        yield name
    elif not path.exists():
        raise Problem(f"{name} does not exist. Name directories, .zip or .tar archives, or git+URL@COMMIT.")
    elif not path.is_dir() or _is_submission(course, path):
        yield str(path)
    else:
        inside = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
        yield from (str(entry) for entry in inside if entry.is_dir() or _is_archive(entry))


def _is_submission(course: Course, path: Path) -> bool:
    marks = ["Procfile", MARKER, "workspace", *(chapter.name for chapter in course.chapters)]
    return any((path / mark).exists() for mark in marks)


def _is_archive(path: Path) -> bool:
    return path.is_file() and (path.name.lower().endswith(".zip") or tar_ending(path.name) is not None)


def _label(source: str) -> str:
    """What a roster calls it: the directory's or the archive's name, or the whole address of a repository."""
    return source if GIT_REVISION.match(source) else Path(source).resolve().name


def _stranger(source: str) -> Learner:
    label = Path(source.rstrip("/")).name if GIT_REVISION.match(source) else _label(source)
    ending = ".zip" if label.lower().endswith(".zip") else tar_ending(label) or ""
    name = label.removesuffix(label[len(label) - len(ending) :]) if ending else label
    return Learner(id=_file_name(name), name=_printable(name))


def _roster(path: Path) -> dict[str, Learner]:
    """A CSV file with the columns `submission` and `id`, perhaps `name`, and whatever else is to be kept."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Problem(f"The roster {path} cannot be read ({error}); it must be a CSV file in UTF-8.") from None
    if missing := {SUBMISSION, ID} - set(rows[0] if rows else ()):
        raise Problem(f"The roster {path} has no column `{min(missing)}`; it needs `submission` and `id`.")
    found = {}
    for row in rows:
        fields = {name: _printable(value or "") for name, value in row.items() if name}
        learner = Learner(
            id=_file_name(fields.pop(ID)),
            name=fields.pop(NAME, "") or _printable(row[ID]),
            fields={name: value for name, value in fields.items() if name != SUBMISSION},
        )
        found[row[SUBMISSION] or f"nothing from {learner.id}"] = learner
    return found


def _with_ids_of_their_own(found: Iterable[Submission]) -> list[Submission]:
    """Two learners of one name get different ids, by where their work lies."""
    seen: set[str] = set()
    result = []
    for submission in found:
        learner = submission.learner
        if learner.id.lower() in seen:
            tail = hashlib.sha256((submission.source or learner.name).encode(errors="surrogateescape")).hexdigest()[:6]
            learner = learner.model_copy(update={"id": f"{learner.id}-{tail}"})
        seen.add(learner.id.lower())
        result.append(Submission(learner, submission.source))
    return result


def _file_name(text: str) -> str:
    """A name for a file in the ledger; one that had to be changed ends in a digest of what it was."""
    name = NOT_FOR_FILES.sub("-", text).strip(".-")[:60]
    if name == text:
        return name
    return f"{name or 'learner'}-{hashlib.sha256(text.encode(errors='surrogateescape')).hexdigest()[:6]}"


def _printable(text: str) -> str:
    kept = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return kept[:LONGEST_NAME]
