"""Many submissions: what is to be done, what has been done, and what is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from onduty.course.catalog import Chapter, Course
from onduty.course.problems import Problem
from onduty.grading.cohort import Submission
from onduty.grading.intake import Intake, Taken, take
from onduty.grading.job import Work
from onduty.grading.ledger import Ledger
from onduty.grading.model import HandIn, Policy
from onduty.grading.sources import submitted_at


@dataclass(frozen=True)
class Shard:
    """One of several parts, each graded by a command of its own."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """`2/8` is the second of eight."""
        number, slash, of = text.partition("/")
        if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
            raise Problem(f"--shard {text} is not of the form 2/8, the second of eight.")
        return cls(int(number), int(of))

    def part(self, work: Sequence[Work]) -> list[Work]:
        """Its part of the work; the same whichever machine asks, and none of it anybody else's.

        So long as they are all given everything, and not what is missing at the moment when each of them asks.
        """
        return sorted(work, key=lambda each: each.key)[self.number - 1 :: self.of]


@dataclass(frozen=True)
class Plan:
    """What a batch comes to."""

    everything: tuple[Work, ...]
    """One per submission and chapter that differs from the others."""
    missing: tuple[Work, ...]
    """What the ledger does not have."""
    names: dict[str, list[str]]
    """Whose a result is, by its key."""
    untaken: tuple[tuple[str, Taken], ...] = ()
    """Whose submission gave nothing to grade, and why."""

    @property
    def lacking(self) -> bool:
        """Whether this machine is why somebody's submission was not taken."""
        return any(nothing.ours for _, nothing in self.untaken)

    def todo(self, shard: Shard | None) -> list[Work]:
        """What is missing of everything, or of one part of it."""
        missing = {each.key for each in self.missing}
        part = shard.part(self.everything) if shard else self.everything
        return [each for each in part if each.key in missing]


def plan(
    course: Course, submissions: Iterable[Submission], chapters: Sequence[Chapter], policy: Policy, ledger: Ledger,
    *, regrade: bool = False,
) -> Plan:  # fmt: skip
    """Take in every submission, note it in the ledger, and see what is to be graded.

    Where no chapters are named and a submission cannot be read, nobody knows what it was for: it counts for none. Where
    that is this machine's fault the ledger does not mention it, since no result of it would look like a bad one.

    To regrade is to begin a new round for these submissions and chapters; all others stay in theirs.
    """
    ship = course.service if policy.ship else None
    work: dict[str, Work] = {}
    intakes: dict[str | None, Intake] = {None: Intake({})}
    untaken: list[tuple[str, Taken]] = []
    names: dict[str, list[str]] = {}
    rounds = {each.learner.id: each.rounds for each in ledger.hand_ins()}
    new_round = _newest_round(ledger) + 1 if regrade else 0
    for submission in submissions:
        source = submission.source
        if source is not None and source not in intakes:
            intakes[source] = take(source, chapters or course.chapters, every=bool(chapters), ship=ship)
        taken, nothing = intakes[source].chapters, intakes[source].nothing
        if nothing is not None:
            untaken.append((submission.learner.name, nothing))
            if nothing.ours:
                continue
        known = rounds.get(submission.learner.id, {})
        begun = dict.fromkeys(taken, new_round) if regrade else {}
        ledger.hand_in(
            HandIn(
                learner=submission.learner,
                source=_writable(submission.source or ""),
                submitted_at=_handed_in_at(submission, taken.values()),
                work={name: found.digest for name, found in taken.items()},
                rounds=begun,
            )
        )
        for name, found in taken.items():
            asked = policy.model_copy(update={"round": (known | begun).get(name, 0)})
            each = Work.of(course.find(name), found, asked, ledger.seed)
            work.setdefault(each.key, each)
            names.setdefault(each.key, []).append(submission.learner.name)
    missing = [each for each in work.values() if not ledger.has(each.chapter, each.key)]
    return Plan(tuple(work.values()), tuple(missing), names, tuple(untaken))


def _writable(text: str) -> str:
    """Text that fits into a file; the name of a directory may hold any byte."""
    return text.encode(errors="backslashreplace").decode()


def _handed_in_at(submission: Submission, taken: Iterable[Taken]) -> str | None:
    if submission.source is None or submission.submitted_at:
        return submission.submitted_at
    return submitted_at(submission.source, max((each.committed_at or 0.0 for each in taken), default=0.0) or None)


def chosen(submissions: Iterable[Submission], only: Sequence[str]) -> list[Submission]:
    """Those whose id or name fits one of the patterns; all of them when there is none."""
    every = list(submissions)
    found = [each for each in every if not only or any(map(each.learner.is_called, only))]
    if not found:
        raise Problem(f"Nobody is called {' or '.join(only)} here: --only takes an id or a name, perhaps with *.")
    return found


def _newest_round(ledger: Ledger) -> int:
    """How often anything in this ledger has been graded again."""
    return max((run.policy.round for run in ledger.runs()), default=0)
