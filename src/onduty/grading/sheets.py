"""The ledger as sheets: one for everybody who handed in, with the newest result of each chapter."""

from collections import defaultdict
from datetime import UTC, datetime

from pydantic import TypeAdapter

from onduty.grading.ledger import Ledger
from onduty.grading.model import Learner, Result
from onduty.grading.scheme import Scheme
from onduty.reports.sheet import Sheet

RESULTS = TypeAdapter(list[Result])


def results_json(ledger: Ledger) -> str:
    """The ledger's newest results, whole: everything that is known of each."""
    return RESULTS.dump_json(ledger.results(), indent=2).decode() + "\n"


def sheets(ledger: Ledger, scheme: Scheme) -> list[Sheet]:
    """Everybody's sheet, by id."""
    found: dict[str, list[Result]] = defaultdict(list)
    for result in ledger.results():
        found[result.learner.id].append(result)
    return [_sheet(each.learner, found[each.learner.id], scheme) for each in ledger.hand_ins()]


def _sheet(learner: Learner, results: list[Result], scheme: Scheme) -> Sheet:
    kept = {result.run.chapter: _kept(result, scheme) for result in results}
    graded = [datetime.fromisoformat(result.run.graded_at) for result in results]
    return Sheet(
        chapters=tuple(chapter for result in results for chapter in result.run.report.chapters),
        course_version=results[-1].run.report.course_version if results else "",
        judged=max(graded, default=datetime.now(UTC)),
        id=learner.id,
        roster_id=learner.roster_id,
        name=learner.name,
        fields=learner.fields,
        kept={slug: share for slug, share in kept.items() if share < 1},
        weights=scheme.weights(),
        notes=tuple(dict.fromkeys(note for result in results for note in _notes(result))),
    )


def _kept(result: Result, scheme: Scheme) -> float:
    submitted = datetime.fromisoformat(result.submitted_at) if result.submitted_at else None
    return scheme.kept(result.run.chapter, submitted, datetime.fromisoformat(result.run.graded_at))


def _notes(result: Result) -> list[str]:
    isolation, left_out = result.run.isolation, result.run.left_out
    notes = []
    if isolation.provider == "none":
        notes.append(f"Graded without isolation ({isolation.why}): it could have changed its own grade.")
    if left_out:
        notes.append(f"{result.run.chapter}: not taken were {'; '.join(left_out)}.")
    return notes
