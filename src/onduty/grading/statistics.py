"""What a whole cohort's results say: how often each check fails, and where most are stuck."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from onduty.reports.model import CheckResult
from onduty.reports.sheet import Sheet
from onduty.reports.verdict import NOT_THEIRS, Verdict


@dataclass(frozen=True)
class CheckCount:
    """A check over everybody who was judged by it."""

    id: str
    promise: str
    judged: int
    failed: int
    observed: str | None
    """What was observed most often where it failed."""
    times: int
    """How often that was."""

    @property
    def rate(self) -> float:
        """The share that failed."""
        return self.failed / self.judged if self.judged else 0.0


def check_counts(sheets: Sequence[Sheet]) -> list[CheckCount]:
    """Every check that judged somebody, in the course's order; what could not be judged does not count."""
    found: dict[str, list[CheckResult]] = defaultdict(list)
    for sheet in sheets:
        for chapter in sheet.chapters:
            for check in chapter.checks:
                if check.verdict not in NOT_THEIRS:
                    found[check.id].append(check)
    return [_counted(name, found[name]) for name in sorted(found, key=lambda name: name.partition("/")[0])]


def most_stuck(counts: Sequence[CheckCount]) -> CheckCount | None:
    """The check that most people fail, if anybody fails any."""
    return max((count for count in counts if count.failed), key=lambda count: (count.failed, count.rate), default=None)


def _counted(name: str, results: Sequence[CheckResult]) -> CheckCount:
    failed = [check for check in results if check.verdict is not Verdict.PASSED]
    observed = Counter(check.explanation.observed for check in failed if check.explanation).most_common(1)
    passed = next((check for check in results if check.verdict is Verdict.PASSED), results[0])
    text, times = observed[0] if observed else (None, 0)
    return CheckCount(name, passed.promise, len(results), len(failed), text, times)
