"""The lights of the whole service after a run: which are on, what changed, and why one is not."""

from collections.abc import Mapping, Sequence

from onduty.reports.model import ChapterResult, LightResult
from onduty.reports.verdict import Verdict


def lights_of(
    results: Sequence[ChapterResult], incidents: Mapping[str, tuple[int, str]], lit_before: Mapping[str, bool]
) -> list[LightResult]:
    """One light for each incident (its number and title by its id); those not looked at are as they were."""
    looked_at = {result.id: result for result in results}
    return [
        _light(number, chapter_id, title, looked_at.get(chapter_id), before=lit_before.get(chapter_id))
        for chapter_id, (number, title) in incidents.items()
    ]


def _light(
    number: int, chapter_id: str, title: str, result: ChapterResult | None, *, before: bool | None
) -> LightResult:
    lit = result.verdict is Verdict.PASSED if result else bool(before)
    return LightResult(
        id=chapter_id,
        number=number,
        title=title,
        lit=lit,
        looked_at=result is not None,
        changed=result is not None and before is not None and lit != before,
        why=None if result is None or lit else _why(result),
    )


def _why(result: ChapterResult) -> str | None:
    for check in result.checks:
        if check.verdict is not Verdict.PASSED:
            return f"{check.id}: {check.explanation.observed if check.explanation else check.verdict}"
    return None
