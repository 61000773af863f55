"""The lights of the whole service after a run: which are on, what changed, and why one is not."""

from collections.abc import Collection, Mapping, Sequence

from onduty.reports.model import ChapterResult, LightResult
from onduty.reports.verdict import NOT_THEIRS, Verdict


def lights_of(
    results: Sequence[ChapterResult], incidents: Mapping[str, tuple[int, str]], lit_before: Mapping[str, bool]
) -> list[LightResult]:
    """One light for each incident (its number and title by its id); what was not judged is as it was."""
    looked_at = {result.id: result for result in results}
    return [
        _light(number, chapter_id, title, looked_at.get(chapter_id), before=lit_before.get(chapter_id))
        for chapter_id, (number, title) in incidents.items()
    ]


def _light(
    number: int, chapter_id: str, title: str, result: ChapterResult | None, *, before: bool | None
) -> LightResult:
    if result is None or result.verdict in NOT_THEIRS:
        why = None if result is None else f"could not be judged: {_told(result, {result.verdict})}"
        return LightResult(
            id=chapter_id, number=number, title=title, lit=bool(before), looked_at=False, changed=False, why=why
        )
    lit = result.verdict is Verdict.PASSED
    return LightResult(
        id=chapter_id,
        number=number,
        title=title,
        lit=lit,
        looked_at=True,
        changed=before is not None and lit != before,
        why=None if lit else _told(result, set(Verdict) - {Verdict.PASSED}),
    )


def _told(result: ChapterResult, verdicts: Collection[Verdict]) -> str:
    """What the first check observed that was given one of these."""
    check = next(check for check in result.checks if check.verdict in verdicts)
    return f"{check.id}: {check.explanation.observed if check.explanation else check.verdict}"
