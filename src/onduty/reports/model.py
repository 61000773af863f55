"""The report: every rendering (terminal, JSON, JUnit, web page) draws this one object."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from onduty.reports.verdict import Verdict


def _encodable(text: str) -> str:
    """A service may answer half a surrogate pair, which JSON can name and UTF-8 cannot hold."""
    return text.encode(errors="replace").decode()


Told = Annotated[str, PlainSerializer(_encodable, return_type=str, when_used="json")]
"""Text that holds something of the learner's."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class TimelineEvent(_Part):
    """Something that happened during a check, in seconds since the check began."""

    at: float
    until: float | None = None
    lane: str
    """Whose row it is drawn on: client, service, database, cache, payments, platform, lab."""
    kind: str
    label: Told
    outcome: Told | None = None


class Explanation(_Part):
    """Why a check did not pass, and what to do about it."""

    done: list[Told]
    """What the check did, ending with a command the learner can run."""
    expected: Told
    observed: Told
    evidence: list[Told] = []
    """Lines from the service's log, or statements the database saw."""
    likely: Told | None = None
    next: Told


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
    bonus: bool = False
    """Whether its points come on top of the chapter's, and its checks are not needed to pass."""


class ChapterResult(_Part):
    id: str
    number: int
    title: str
    app: Told
    """Whose code was checked: `yours`, `starter`, `solution`, or a directory."""
    verdict: Verdict
    seconds: float
    tasks: list[TaskResult]
    checks: list[CheckResult]

    @property
    def slug(self) -> str:
        return f"{self.number:02}-{self.id}"


class LightResult(_Part):
    """Whether an incident's checks pass on the whole service."""

    id: str
    number: int
    title: str
    lit: bool
    looked_at: bool
    """Whether its checks were run and could judge; otherwise the light is as it was."""
    changed: bool
    """Whether it was otherwise when its checks were run the last time."""
    why: str | None = None
    """Why it is out, or could not be judged: the first check that says so, and what it observed."""


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
    lights: list[LightResult] = []
    """The lights of the whole service, where it was looked at."""
    verdict: Verdict
    exit_code: int
