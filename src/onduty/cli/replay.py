"""`onduty replay`."""

from typing import TYPE_CHECKING

from onduty.cli.console import out, say
from onduty.cli.here import ChapterName, choose, find_workspace
from onduty.cli.options import LabName, Seed
from onduty.course import files
from onduty.course.catalog import Course
from onduty.course.workspace import AUTHORS_ONLY

if TYPE_CHECKING:
    from rich.console import RenderableType

    from onduty.reports.model import CheckResult

SIDE_BY_SIDE = 150
"""Columns from which two timelines stand beside each other."""
UNCHANGED = "your copy, still the starter"


def replay(name: ChapterName = None, *, seed: Seed = None, lab: LabName = "embedded") -> int:
    """Tell the incident as a story: what the checks do, and how the starter and your copy take it.

    Both are given the same rows, names and numbers. A copy that is still the starter is told once. The exit code is
    that of your copy.
    """
    from onduty.checking.run import Target, check
    from onduty.checking.seeds import new_seed

    course = Course.find_course()
    workspace = find_workspace(course)
    chapter = choose(course, workspace, name)
    given = seed if seed is not None else new_seed()
    yours = workspace.opened(chapter)
    apps = {"starter": chapter.starter, "yours": yours}
    if not files.changes(chapter.starter, yours, AUTHORS_ONLY):
        apps = {UNCHANGED: yours}
    with out().status(f"replaying the incident on {' and '.join(apps)}"):
        report = check([Target(chapter, app, whose) for whose, app in apps.items()], seed=given, lab=lab)
    results = {result.app: result for result in report.chapters}
    say((f"{chapter.number:02} {chapter.title}", "bold"))
    say((chapter.page, "italic"))
    takes = {whose: {each.id: each for each in result.checks} for whose, result in results.items()}
    for each in next(iter(takes.values())):
        if all(each in checks for checks in takes.values()):
            _tell({whose: checks[each] for whose, checks in takes.items()})
    return next(reversed(results.values())).verdict.exit_code


def _tell(takes: "dict[str, CheckResult]") -> None:
    from rich.columns import Columns

    check = next(iter(takes.values()))
    say()
    say((check.id, "bold"), f"  {check.promise}")
    width = out().width
    beside = len(takes) > 1 and width >= SIDE_BY_SIDE
    panels = [_panel(take, whose, width // 2 - 2 if beside else width) for whose, take in takes.items()]
    if beside:
        out().print(Columns(panels, padding=(0, 2)))
        return
    for panel in panels:
        out().print(panel, soft_wrap=not out().is_terminal)


def _panel(check: "CheckResult", whose: str, width: int) -> "RenderableType":
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    from onduty.reports import timeline
    from onduty.reports.terminal import SIGNS
    from onduty.reports.visible import visible

    sign, colour = SIGNS[check.verdict]
    lines: list[RenderableType] = [Text.assemble((f"  {whose} ", "dim"), (f"{sign} {check.verdict}", colour))]
    lines += [Text(f"    {visible(line)}", no_wrap=True) for line in timeline.text(check.timeline, width - 4)]
    if check.explanation is not None:
        observed = visible(check.explanation.observed)
        lines.append(Padding(observed, (0, 0, 0, 4)) if out().is_terminal else Text(f"    {observed}"))
    return Group(*lines)
