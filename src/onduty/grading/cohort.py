"""Who handed in what: submissions as they are named on the command line, and a roster that knows the names."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from onduty.course.catalog import Course
from onduty.course.problems import Problem
from onduty.course.workspace import MARKER
from onduty.grading.model import Learner
from onduty.grading.names import file_name, printable
from onduty.grading.roster import Line, read_roster
from onduty.grading.sources import GIT_REVISION, tar_ending

MENTIONED: Final = 10


@dataclass(frozen=True)
class Submission:
    """A learner, and where what they handed in lies; no source when they handed in nothing."""

    learner: Learner
    source: str | None
    submitted_at: str | None = None
    """When, where the roster says so."""


@dataclass(frozen=True)
class Cohort:
    """Every submission, in the order given; with a roster, also those on it who handed in nothing."""

    submissions: tuple[Submission, ...]
    strangers: tuple[str, ...] = ()
    """Submissions that are on no line of the roster."""
    missing: tuple[str, ...] = ()
    """What the roster names and is not there."""

    def warnings(self) -> Iterator[str]:
        """What somebody who misspelt a name on the roster must be told."""
        if self.missing:
            yield f"Nothing was handed in that is called {_some(self.missing)}, as the roster says: no grade for that."
        if self.strangers:
            yield f"On no line of the roster is {_some(self.strangers)}: graded under that name."


def cohort(course: Course, named: Sequence[str], roster: Path | None) -> Cohort:
    """Who handed in what: a submission that several lines of the roster name is handed in by each of them."""
    sources = list(dict.fromkeys(source for name in named for source in _expanded(course, name)))
    if not sources:
        raise Problem(f"There is no submission in {', '.join(named)}: name directories, archives or git+URL@COMMIT.")
    if roster is None:
        return Cohort(_with_ids_of_their_own(Submission(_stranger(source), source) for source in sources))
    lines: dict[str, list[Line]] = defaultdict(list)
    for line in read_roster(roster):
        lines[line.submission].append(line)
    found, strangers = [], []
    for source in sources:
        makers = lines.pop(_label(source), [])
        found += [Submission(line.learner, source, line.submitted_at) for line in makers]
        if not makers:
            strangers.append(_label(source))
            found.append(Submission(_stranger(source), source))
    found += [Submission(line.learner, None) for left in lines.values() for line in left]
    return Cohort(_with_ids_of_their_own(found), tuple(strangers), tuple(label for label in lines if label))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:MENTIONED])
    return f"{shown} and {len(names) - MENTIONED} more" if len(names) > MENTIONED else shown


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
    return Learner(id=file_name(name), name=printable(name))


def _with_ids_of_their_own(found: Iterable[Submission]) -> tuple[Submission, ...]:
    """Two learners of one name get different ids, by where their work lies."""
    seen: set[str] = set()
    result = []
    for submission in found:
        learner = submission.learner
        if learner.id.lower() in seen:
            tail = hashlib.sha256((submission.source or learner.name).encode(errors="surrogateescape")).hexdigest()[:6]
            learner = learner.model_copy(update={"id": f"{learner.id}-{tail}"})
        seen.add(learner.id.lower())
        result.append(replace(submission, learner=learner))
    return tuple(result)
