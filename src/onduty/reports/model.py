"""The report: every rendering (terminal, JSON, JUnit, web page) draws this one object."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from onduty.reports.verdict import Verdict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class TimelineEvent(_Part):
    """Something that happened during a check, in seconds since the check began."""

    at: float
    until: float | None = None
    lane: str
    """Whose row it is drawn on: client, service, database, cache, payments, lab."""
    kind: str
    label: str
    outcome: str | None = None


class Explanation(_Part):
    """Why a check did not pass, and what to do about it."""

    done: list[str]
    """What the check did, ending with a command the learner can run."""
    expected: str
    observed: str
    evidence: list[str] = []
    """Lines from the service's log, or statements the database saw."""
    likely: str | None = None
    next: str


class CheckResult(_Part):
    id: str
    """Such as `05.1/liveness-answers`."""
    task: str
    promise: str
    """The line the learner reads: what a good service does."""
    verdict: Verdict
    seconds: float
    timeline: list[TimelineEvent] = []
    explanation: Explanation | None = None


class TaskResult(_Part):
    id: str
    title: str
    points: float
    earned: float


class ChapterResult(_Part):
    id: str
    number: int
    title: str
    app: str
    """Whose code was checked: `yours`, `starter`, `solution`, or a directory."""
    verdict: Verdict
    seconds: float
    tasks: list[TaskResult]
    checks: list[CheckResult]

    @property
    def slug(self) -> str:
        return f"{self.number:02}-{self.id}"


class Report(_Part):
    """All the verdicts of one grading."""

    report_version: Literal[1] = 1
    course_version: str
    started: str = Field(description="ISO 8601, UTC")
    seed: int
    lab: str
    machine: str
    """Operating system, processor, Python and server versions, as far as they matter for a verdict."""
    chapters: list[ChapterResult]
    verdict: Verdict
    exit_code: int
