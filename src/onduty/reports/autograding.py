"""What a grader hands to the autograding reporter of GitHub's classroom actions: JSON in base64, on one line."""

import base64
import json
from typing import Final

from onduty.reports.model import ChapterResult, CheckResult
from onduty.reports.sheet import Sheet, earned, points, share
from onduty.reports.text import explanation_lines
from onduty.reports.verdict import Verdict
from onduty.reports.visible import visible
from onduty.reports.workflow import harmless

STATUS: Final = {Verdict.PASSED: "pass", Verdict.NOT_GRADED: "error", Verdict.GRADER_ERROR: "error"}
"""All else is `fail`."""


def autograding(sheet: Sheet) -> str:
    result = {
        "version": 1,
        "status": STATUS.get(sheet.verdict, "fail"),
        "max_score": round(sum(map(points, sheet.chapters)), 2),
        "tests": [test for chapter in sheet.chapters for test in _tests(chapter)],
    }
    return base64.b64encode(json.dumps(result).encode()).decode()


def _tests(chapter: ChapterResult) -> list[dict[str, object]]:
    """The last check that passed takes what rounding left over: the reporter adds up what it is given."""
    scores = [round(share(chapter, check), 2) if check.verdict is Verdict.PASSED else 0.0 for check in chapter.checks]
    over = round(earned(chapter) - sum(scores), 2)
    last = max((number for number, score in enumerate(scores) if score), default=None)
    if last is not None:
        scores[last] = round(scores[last] + over, 2)
    return [_test(check, score) for check, score in zip(chapter.checks, scores, strict=True)]


def _test(check: CheckResult, score: float) -> dict[str, object]:
    # The reporter prints names and messages into the job's log as they are.
    told = None if check.verdict is Verdict.PASSED else "\n".join(explanation_lines(check))
    return {
        "name": harmless(visible(f"{check.id}: {check.promise}")),
        "status": STATUS.get(check.verdict, "fail"),
        "message": told and harmless(visible(told)),
        "line_no": 0,
        "execution_time": f"{check.seconds:.3f}s",
        "score": score,
    }
