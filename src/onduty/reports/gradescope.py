"""The `results.json` that Gradescope's autograder harness reads."""

import json

from onduty.reports.model import ChapterResult, CheckResult
from onduty.reports.sheet import Sheet, earned, is_bonus, share
from onduty.reports.text import explanation_lines
from onduty.reports.verdict import Verdict
from onduty.reports.visible import visible


def gradescope(sheet: Sheet) -> str:
    return json.dumps(
        {
            # Stated, since the shares of the checks are rounded.
            "score": round(sum(map(earned, sheet.chapters)), 2),
            "execution_time": round(sum(chapter.seconds for chapter in sheet.chapters), 1),
            "output": visible("\n".join(_told(sheet))),
            "output_format": "text",
            "test_output_format": "text",
            "test_name_format": "text",
            "stdout_visibility": "hidden",
            "tests": [_test(chapter, check) for chapter in sheet.chapters for check in chapter.checks],
            "extra_data": {"course_version": sheet.course_version},
        },
        indent=2,
    )


def _told(sheet: Sheet) -> list[str]:
    verdicts = [f"{chapter.slug}: {chapter.verdict}" for chapter in sheet.chapters]
    return [*verdicts, *sheet.notes]


def _test(chapter: ChapterResult, check: CheckResult) -> dict[str, object]:
    passed = check.verdict is Verdict.PASSED
    worth = round(share(chapter, check), 2)
    return {
        "name": f"{check.id}: {visible(check.promise)}",
        "score": worth if passed else 0.0,
        "max_score": 0.0 if is_bonus(chapter, check) else worth,
        "status": "passed" if passed else "failed",
        "output": "" if passed else visible("\n".join(explanation_lines(check))),
        "tags": [chapter.slug, check.task],
        "visibility": "visible",
    }
