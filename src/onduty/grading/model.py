"""What the ledger keeps: who handed in what, and what each grading of it said."""

from datetime import datetime
from fnmatch import fnmatch
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from onduty.lab.providers import Provider
from onduty.reports.model import Report

IsolationName = Literal["bubblewrap", "docker", "none"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Limits(_Part):
    """What one submission may use. A kill at a limit is the submission's verdict, never the grader's error."""

    seconds: float = Field(180.0, gt=0)
    """Wall clock for all the checks of a chapter together, the lab's start included."""
    cpu_seconds: int = Field(120, gt=0)
    """Processor time of one process."""
    memory_mb: int = Field(1024, ge=64)
    """Of all its processes together; one process may not have more either."""
    processes: int = Field(128, ge=8)
    """Processes and threads."""
    files: int = Field(1024, ge=64)
    """Open files of one process."""
    file_mb: int = Field(64, ge=1)
    """The largest file it may write."""
    disk_mb: int = Field(256, ge=16)
    """All it may write: its directory, HOME and TMPDIR together."""
    output_mb: int = Field(2, ge=1)
    """What is kept of its output: the newest."""


class Policy(_Part):
    """Everything but the submission and the course that a result depends on."""

    isolation: Literal["auto", "bubblewrap", "docker", "none"] = "auto"
    lab: Provider = "embedded"
    limits: Limits = Limits()
    seed: int | None = None
    """The seed of every run; None draws one for each from the ledger's secret, so that nobody can foresee it."""
    round: int = Field(0, ge=0)
    """Raised by `--regrade`, so that the earlier result stays beside the new one."""
    ship: bool = False
    """The submission is the whole service, and the chapter's checks are run on that."""


class Isolation(_Part):
    """What stood between the submission and the grader."""

    provider: IsolationName
    why: str | None = None
    """Why there was none."""


class RunReport(_Part):
    """One grading of one submission against one chapter: stored once, and never changed."""

    run_report_version: Literal[1] = 1
    key: str
    """The hash of submission, course, chapter and policy: the same four are graded once."""
    submission: str
    """The digest of the files that were taken."""
    chapter: str
    """Such as `05-blocked-event-loop`."""
    course: str
    """The course's version and the digest of the chapter's checks."""
    policy: Policy
    isolation: Isolation
    graded_at: str
    """ISO 8601, UTC."""
    seconds: float
    """From the fresh copy of the submission to the verdict."""
    left_out: list[str] = []
    """Files that were handed in and not taken, each with the reason; the first fifty."""
    settled: bool = True
    """False where the grader or the machine failed: `--resume` does it again."""
    report: Report
    """One chapter, all its checks."""


class Learner(_Part):
    """Who handed in; `id` names the file in the ledger, `name` is for people."""

    id: str
    roster_id: str = ""
    """The id as the roster has it; empty for whoever is not on one."""
    name: str
    fields: dict[str, str] = {}
    """The other columns of the roster: e-mail address, group, whatever it has."""

    def is_called(self, pattern: str) -> bool:
        """Whether an id or the name is this, or fits it as a pattern with `*`."""
        names = filter(None, (self.id, self.roster_id, self.name))
        return any(pattern == name or fnmatch(name, pattern) for name in names)


class Origin(_Part):
    """Where work came from, and when."""

    source: str
    submitted_at: str | None


class HandIn(_Part):
    """What one learner handed in: for each chapter, what came last."""

    hand_in_version: Literal[1] = 1
    learner: Learner
    source: str
    """The directory, archive or repository as it was named to `onduty grade`."""
    submitted_at: str | None = None
    """ISO 8601: the commit's or the file's date."""
    work: dict[str, str] = {}
    """Chapter → digest of the files taken for it."""
    rounds: dict[str, int] = {}
    """Chapter → the round that counts, where it was graded again; an interrupted one is known to whoever resumes."""
    earlier: dict[str, Origin] = {}
    """Chapter → its origin, for those that did not come from `source`."""

    def origin(self, chapter: str) -> Origin:
        """Where the work for a chapter came from."""
        return self.earlier.get(chapter) or Origin(source=self.source, submitted_at=self.submitted_at)

    def after(self, before: "HandIn") -> "HandIn":
        """The same, with what had been handed in before for other chapters."""
        others = [chapter for chapter in before.work if chapter not in self.work]
        return self.model_copy(
            update={
                "rounds": before.rounds | self.rounds,
                "work": {chapter: before.work[chapter] for chapter in others} | self.work,
                "earlier": {chapter: before.origin(chapter) for chapter in others} | self.earlier,
            }
        )

    def merged(self, other: "HandIn") -> "HandIn":
        """For each chapter what came last, here or in another ledger; where that cannot be told, what is here."""
        newer = [chapter for chapter in other.work if self._is_older(chapter, other)]
        rounds = self.rounds | other.rounds
        return self.model_copy(
            update={
                "rounds": {chapter: max(number, self.rounds.get(chapter, 0)) for chapter, number in rounds.items()},
                "work": self.work | {chapter: other.work[chapter] for chapter in newer},
                "earlier": self.earlier | {chapter: other.origin(chapter) for chapter in newer},
            }
        )

    def _is_older(self, chapter: str, other: "HandIn") -> bool:
        """Whether the other work for a chapter is not the same, and came later than this."""
        if chapter not in self.work:
            return True
        ours, theirs = self.origin(chapter).submitted_at, other.origin(chapter).submitted_at
        differs = self.work[chapter] != other.work[chapter]
        return bool(differs and ours and theirs and datetime.fromisoformat(ours) < datetime.fromisoformat(theirs))


class Result(_Part):
    """One line of the grade book: the newest grading of what a learner handed in for a chapter."""

    learner: Learner
    source: str
    submitted_at: str | None
    run: RunReport
