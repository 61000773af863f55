"""One person's work, judged: what every rendering draws, whether it was checked alone or graded among many."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from onduty.reports.model import ChapterResult, CheckResult, Report
from onduty.reports.verdict import NOT_THEIRS, Verdict


@dataclass(frozen=True)
class Sheet:
    chapters: tuple[ChapterResult, ...]
    course_version: str
    judged: datetime
    id: str = ""
    """Names a file; empty for one's own work."""
    roster_id: str = ""
    """The id as a roster has it, where there is one."""
    name: str = ""
    """For people."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What else a roster knows."""
    kept: Mapping[str, float] = field(default_factory=dict)
    """The share of a chapter's points that lateness leaves, where that is not all of them."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """What a chapter counts, where that is not its points."""
    notes: tuple[str, ...] = ()
    """What whoever reads the marks must know, a sentence each."""

    @classmethod
    def of(cls, report: Report) -> "Sheet":
        """One's own work."""
        return cls(tuple(report.chapters), report.course_version, datetime.fromisoformat(report.started))

    @property
    def verdict(self) -> Verdict:
        return Verdict.worst(chapter.verdict for chapter in self.chapters)

    @property
    def unsettled(self) -> bool:
        """Whether something could not be judged, through no fault of theirs."""
        return any(map(is_unsettled, self.chapters))

    def chapter(self, slug: str) -> ChapterResult | None:
        return next((chapter for chapter in self.chapters if chapter.slug == slug), None)

    def counted(self, chapter: ChapterResult) -> float:
        """The points for a chapter, lateness taken off."""
        return earned(chapter) * self.kept.get(chapter.slug, 1.0)


def points(chapter: ChapterResult) -> float:
    """What a chapter is worth, without what comes on top."""
    return sum(task.points for task in chapter.tasks if not task.bonus)


def earned(chapter: ChapterResult) -> float:
    """What was earned, bonuses included."""
    return round(sum(task.earned for task in chapter.tasks), 2)


def share(chapter: ChapterResult, check: CheckResult) -> float:
    """What a check is worth: a task's points are shared equally by its checks."""
    task = next((task for task in chapter.tasks if task.id == check.task), None)
    return task.points / sum(other.task == check.task for other in chapter.checks) if task else 0.0


def is_bonus(chapter: ChapterResult, check: CheckResult) -> bool:
    return any(task.bonus for task in chapter.tasks if task.id == check.task)


def is_unsettled(chapter: ChapterResult) -> bool:
    return any(check.verdict in NOT_THEIRS for check in chapter.checks)
