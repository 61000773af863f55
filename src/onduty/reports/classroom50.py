"""The `result.json` of Classroom 50, `classroom50/result/v1`: whole points only."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any, Final

from onduty.course.problems import Problem
from onduty.reports.model import ChapterResult, CheckResult, TaskResult
from onduty.reports.sheet import Sheet
from onduty.reports.text import explanation_lines
from onduty.reports.verdict import Verdict
from onduty.reports.visible import visible
from onduty.reports.workflow import harmless

FROM_THE_RUNNER: Final = {
    "classroom": ("CLASSROOM",),
    "assignment": ("ASSIGNMENT",),
    "owner": ("OWNER", "USERNAME"),
    "submission": ("SUBMISSION_TAG",),
    "commit": ("COMMIT_URL",),
    "release": ("RELEASE_URL",),
    "review": ("REVIEW_URL", "COMMIT_URL"),
}
"""Which variable of its runner says what; the first that is set."""


def classroom50(sheet: Sheet, environment: Mapping[str, str] = os.environ) -> str:
    tests = [test for chapter in sheet.chapters for task in chapter.tasks for test in _tests(chapter, task)]
    judged = sheet.judged.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    result = {
        "schema": "classroom50/result/v1",
        **told_by_the_runner(environment),
        "assignment_type": environment.get("ASSIGNMENT_TYPE") or "individual",
        "datetime": judged,
        "graded_at": judged,
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }
    return json.dumps(result, indent=2)


def told_by_the_runner(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What only the runner knows; raises Problem where it has not said it."""
    return {name: _given(variables, environment) for name, variables in FROM_THE_RUNNER.items()}


def _given(variables: tuple[str, ...], environment: Mapping[str, str]) -> str:
    for name in variables:
        if value := environment.get(name):
            return value
    raise Problem(f"Classroom 50 needs {' or '.join(variables)} in the environment: its runner sets it.")


def _tests(chapter: ChapterResult, task: TaskResult) -> Iterator[dict[str, Any]]:
    """A task's points, dealt to its checks one by one."""
    checks = [check for check in chapter.checks if check.task == task.id]
    for number, check in enumerate(checks):
        each, rest = divmod(round(task.points), len(checks))
        yield _test(check, each + (number < rest), bonus=task.bonus)


def _test(check: CheckResult, worth: int, *, bonus: bool) -> dict[str, Any]:
    passed = check.verdict is Verdict.PASSED
    return {
        "test-name": f"{check.id}: {visible(check.promise)}",
        "passed": passed,
        "score": worth if passed else 0,
        "max-score": 0 if bonus else worth,
        **({} if passed else {"output": harmless(visible("\n".join(explanation_lines(check))))}),
    }
