"""From the exception that ended a check to a verdict and its explanation."""

import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

from onduty.checking.because import Because
from onduty.checking.own_frames import own_frames
from onduty.checking.steps import told_once
from onduty.checking.task import Label
from onduty.lab.hosting.errors import ServiceCrashed
from onduty.lab.hosting.service import Service
from onduty.lab.machine.disk import FULL, full_at
from onduty.lab.recorder import Timeline
from onduty.lab.unmet import NotGraded, Unmet
from onduty.reports.model import Explanation
from onduty.reports.verdict import Verdict

LOG_LINES = 12
LONGEST_LINE = 400
LONGEST_TEXT = 2_000
REFUSED_STATEMENTS = ("22", "23", "42")
"""Classes of SQLSTATE: wrong data, broken constraints, and names that are not there."""
_SHAPE_ERRORS = (KeyError, IndexError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True)
class Case:
    """One check that did not pass, and what was seen while it ran."""

    label: Label
    promise: str
    check_file: Path
    timeline: Timeline
    service: Service | None
    said_before: int
    """Where the service's output stood when the check began."""
    chapter: int
    seed: int
    ship: bool = False
    """Whether the chapter's checks run on the whole service."""
    against: str = ""
    """Options that name the app and the lab, such as `--starter`; none for the learner's own on the usual lab."""

    @property
    def command(self) -> str:
        """What makes the same happen again."""
        on_the_whole_service = self.ship or self.against.startswith("--step")
        which = f"ship {self.chapter}" if on_the_whole_service else f"check {self.chapter} --only {self.label.id}"
        return " ".join(filter(None, ["onduty", which, self.against, f"--seed {self.seed}"]))

    @property
    def nudge(self) -> str:
        return f"`onduty hint {self.chapter}` gives a nudge."


def explain(error: BaseException, case: Case) -> tuple[Verdict, Explanation]:
    """What to say about a check that did not pass; what the service contributes to it is bounded."""
    verdict, told = _explain(error, case)
    evidence = [_cut(line, LONGEST_LINE) for line in told.evidence]
    return verdict, told.model_copy(update={"observed": _cut(told.observed, LONGEST_TEXT), "evidence": evidence})


def _explain(error: BaseException, case: Case) -> tuple[Verdict, Explanation]:
    error = _innermost(error)
    if isinstance(error, OSError) and error.errno in FULL:
        error = full_at(Path(error.filename or tempfile.gettempdir()).absolute())
    if isinstance(error, NotGraded):
        return Verdict.NOT_GRADED, _explanation(
            case, observed=str(error), next_step="`onduty doctor` shows what this machine lacks."
        )
    if isinstance(error, ServiceCrashed):
        return Verdict.CRASHED, _crashed(error, case)
    if isinstance(error, TimeoutError):
        return Verdict.TIMED_OUT, _explanation(
            case,
            observed=f"The check was not through after {case.label.limit:.0f} s, at: {_latest(case.timeline)}",
            likely="something in the service waits without a limit",
        )
    if isinstance(error, AssertionError):
        return _assertion(error, case)
    if (told := _broken_contract(error, case)) is not None:
        return Verdict.FAILED, told
    return Verdict.GRADER_ERROR, _grader_error(error, case)


def _broken_contract(error: BaseException, case: Case) -> Explanation | None:
    """What to say where the check stumbled over the service: its tables, or the shape of its answers."""
    if str(getattr(error, "sqlstate", None)).startswith(REFUSED_STATEMENTS):
        return _explanation(
            case,
            expected="The tables of the contract are there, with the columns that it names.",
            observed=f"The database refused what the check asked of it: {str(error).splitlines()[0]}",
            likely="the service, or one of its migrations, has changed the schema; `onduty contract` names its tables",
        )
    if _is_of_the_wrong_shape(error, case.check_file):
        return _explanation(
            case,
            observed=f"An answer did not have the shape of the contract: {type(error).__name__} {error}. "
            f"Latest: {_latest(case.timeline)}",
            likely="a field or a header of the contract (`onduty contract`) is missing or has another form",
        )
    return None


def _assertion(error: AssertionError, case: Case) -> tuple[Verdict, Explanation]:
    if case.service is not None and (died := case.service.died) is not None:
        return Verdict.CRASHED, _crashed(died, case)
    because = Because.newest()
    if isinstance(error, Unmet):
        return Verdict.FAILED, _explanation(case, expected=error.expected, observed=error.observed)
    if because is None:
        return Verdict.FAILED, _explanation(case, observed=str(error) or _latest(case.timeline))
    return Verdict.FAILED, _explanation(
        case,
        expected=because.expected,
        observed=_sentences(because.happened, because.observed or _latest(case.timeline)),
        likely=because.likely,
        evidence=list(because.evidence),
        next_step=because.next,
    )


def _crashed(error: ServiceCrashed, case: Case) -> Explanation:
    return Explanation(
        done=[*_steps(case.timeline), case.command],
        expected="The service starts and stays up.",
        observed=str(error),
        evidence=own_frames(error.output)[-LOG_LINES:],
        next=f"`onduty run {case.chapter}` starts it by hand and shows what it prints.",
    )


def _grader_error(error: BaseException, case: Case) -> Explanation:
    return Explanation(
        done=[*_steps(case.timeline), case.command],
        expected=case.promise,
        observed=f"The check itself broke: {type(error).__name__}: {error}",
        evidence=[line for entry in traceback.format_exception(error) for line in entry.rstrip().splitlines()],
        next="This is our fault, not yours. Please open an issue with these lines.",
    )


def _explanation(
    case: Case,
    *,
    observed: str,
    expected: str | None = None,
    likely: str | None = None,
    evidence: list[str] | None = None,
    next_step: str | None = None,
) -> Explanation:
    return Explanation(
        done=[*_steps(case.timeline), case.command],
        expected=expected or case.promise,
        observed=_sentence(observed),
        evidence=evidence or _log(case),
        likely=_sentence(likely) if likely else None,
        next=next_step or case.nudge,
    )


def _steps(timeline: Timeline) -> list[str]:
    return told_once(event.label for event in timeline.events if event.kind in {"request", "hold", "signal", "mark"})


def _latest(timeline: Timeline) -> str:
    for event in reversed(timeline.events):
        if event.kind == "request" and event.outcome is not None:
            return f"{event.label} → {event.outcome}"
    return "no request had been answered"


def _log(case: Case) -> list[str]:
    """What the service said during the check; what it said before is not about it."""
    if case.service is None:
        return []
    said = case.service.output.since(case.said_before)
    return own_frames(line.text for line in said)[-LOG_LINES:]


def _sentences(*parts: str) -> str:
    return " ".join(_sentence(part) for part in parts)


def _sentence(text: str) -> str:
    """With a capital and a full stop, but a path or a name of the learner's is left as it is written."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    if not set(first) & set("/._`()"):
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _is_of_the_wrong_shape(error: BaseException, check_file: Path) -> bool:
    """Whether the check stumbled over an answer: text that cannot be sent on may break whoever is to send it."""
    return isinstance(error, UnicodeEncodeError) or (isinstance(error, _SHAPE_ERRORS) and _raised_in(error, check_file))


def _raised_in(error: BaseException, check_file: Path) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).name == check_file.name
