"""Runs of a chapter's checks against its starter and its solution, kept so that pages need not repeat them.

A recording says what it was made from: the two apps, the checks and the database they start from. The engine is not
part of that: how it records is tested with the engine, and every change to it would make every recording old.
"""

import hashlib
import json
import re
import sys
import sysconfig
import tempfile
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel

from onduty.checking.judge import Job, Judge
from onduty.course import files
from onduty.course.catalog import SERVICE, Chapter
from onduty.course.problems import Problem
from onduty.reports.model import ChapterResult, CheckResult
from onduty.reports.verdict import NOT_THEIRS, Verdict

PLACE: Final = Path("docs/recordings")
TEXTS: Final = frozenset({"README.md", "WHY.md", "chapter.toml"})
"""What is read, and does not run."""


_PLACES: Final = (sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"), sys.prefix, sys.base_prefix)
_DEPLOYED: Final = re.compile(r"/[^\s'\"]*/onduty-run-\w+/service-[0-9a-f]+(?P<app>/app)?")


class Run(BaseModel):
    """One app under a chapter's checks: the verdicts, and what the service printed during each check."""

    result: ChapterResult
    logs: dict[str, list[str]]

    @property
    def checks(self) -> dict[str, CheckResult]:
        return {check.id: check for check in self.result.checks}


class Recording(BaseModel):
    """The starter and the solution of a chapter, given the same seed."""

    inputs: str
    """A hash of everything the runs depend on but the engine."""
    seed: int
    taken: str
    """The date, ISO 8601, in UTC."""
    course_version: str
    starter: Run
    solution: Run

    @classmethod
    def read(cls, chapter: Chapter) -> Self | None:
        """The chapter's recording, if there is one that can be read."""
        try:
            return cls.model_validate_json(path_of(chapter).read_bytes())
        except (FileNotFoundError, ValueError):
            return None

    @classmethod
    def take(cls, chapter: Chapter) -> Self:
        """Run the checks twice."""
        seed = 1000 + chapter.number
        return cls(
            inputs=inputs_of(chapter),
            seed=seed,
            taken=f"{datetime.now(UTC):%Y-%m-%d}",
            course_version=version("onduty"),
            starter=_run(chapter, chapter.starter, "starter", seed),
            solution=_run(chapter, chapter.solution, "solution", seed),
        )

    def write(self, chapter: Chapter) -> None:
        path = path_of(chapter)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @cached_property
    def story(self) -> CheckResult:
        """The check that tells the incident: the starter's first failure with something to see."""
        failures = [check for check in self.starter.result.checks if check.verdict is not Verdict.PASSED]
        seen = [check for check in failures if check.timeline]
        return next(iter([*seen, *failures, *self.starter.result.checks]))


def path_of(chapter: Chapter) -> Path:
    return chapter.root / PLACE / f"{chapter.name}.json"


def stands(chapter: Chapter) -> bool:
    """Whether the recording was made from the files as they are now."""
    recording = Recording.read(chapter)
    return recording is not None and recording.inputs == inputs_of(chapter)


def inputs_of(chapter: Chapter) -> str:
    """A hash of both apps, the checks, the database, and the tasks that share the points."""
    digest = hashlib.sha256(repr([(task.id, task.title, task.points) for task in chapter.tasks]).encode())
    for tree in (chapter.starter, chapter.solution, chapter.checks):
        for name, file in files.listing(tree, TEXTS).items():
            digest.update(f"{tree.parent.name}/{name}\0".encode() + file.read_bytes() + b"\0")
    digest.update((chapter.root / "checks" / "schema.sql").read_bytes())
    return digest.hexdigest()[:16]


def recorded(chapter: Chapter) -> bool:
    """Whether the chapter has runs to show; the whole service is graded by every other chapter."""
    return chapter.id != SERVICE


class _LoggingJudge(Judge):
    """A judge whose services' output is kept in a file."""

    def __init__(self, job: Job, logs: Path) -> None:
        super().__init__(job)
        self._logs = logs

    def _command(self, descriptor: int) -> list[str]:
        return [*super()._command(descriptor), "-p", "onduty.authoring.pages.keep_logs", "--keep-logs", str(self._logs)]


def _run(chapter: Chapter, app: Path, label: str, seed: int) -> Run:
    with tempfile.TemporaryDirectory(prefix="onduty-") as place:
        logs = Path(place, "logs")
        logs.touch()
        result = _LoggingJudge(Job(chapter, app, label, seed), logs).run()
        kept = [json.loads(line) for line in logs.read_text("utf-8").splitlines()]
    if result.verdict in NOT_THEIRS:
        told = next(check.explanation for check in result.checks if check.verdict is result.verdict)
        raise Problem(f"{chapter.name}, {label}: {told.observed if told else result.verdict}")
    if (result.verdict is Verdict.PASSED) != (label == "solution"):
        raise Problem(
            f"{chapter.name}: the {label} {result.verdict}; a page needs a starter that fails and a solution "
            "that passes."
        )
    return Run.model_validate_json(anonymous(Run(result=result, logs=dict(kept)).model_dump_json()))


def anonymous(text: str) -> str:
    """The text as it would read on any machine: without the paths of this one."""
    text = _DEPLOYED.sub(lambda hit: "/srv/night-owl" if hit["app"] else "/srv", text)
    for place in _PLACES:
        text = text.replace(place, "…")
    return text
