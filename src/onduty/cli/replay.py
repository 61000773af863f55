"""`onduty replay`."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from onduty.cli.console import out, say
from onduty.cli.here import ChapterName, choose, find_workspace
from onduty.cli.options import LabName, Seed
from onduty.course.catalog import Chapter, Course

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from onduty.lab.providers import Provider
    from onduty.reports.model import ChapterResult, CheckResult

SIDE_BY_SIDE = 150
"""Columns from which two timelines stand beside each other."""


def replay(name: ChapterName = None, *, seed: Seed = None, lab: LabName = "embedded") -> int:
    """Tell the incident as a story: what the checks do, and how the starter and your copy take it.

    Both are given the same rows, names and numbers. The exit code is that of your copy.
    """
    from onduty.checking.seeds import new_seed

    course = Course.find_course()
    workspace = find_workspace(course)
    chapter = choose(course, workspace, name)
    given = seed if seed is not None else new_seed()
    with ThreadPoolExecutor(2) as pool, out().status("replaying the incident on the starter and on your copy"):
        runs = [
            pool.submit(_run, chapter, app, label, given, lab)
            for app, label in ((chapter.starter, "starter"), (workspace.opened(chapter), "yours"))
        ]
        starter, yours = (run.result() for run in runs)
    say((f"{chapter.number:02} {chapter.title}", "bold"))
    say((chapter.page, "italic"))
    own = {check.id: check for check in yours.checks}
    for check in starter.checks:
        if check.id in own:
            _tell(check, own[check.id])
    return yours.verdict.exit_code


def _run(chapter: Chapter, app: "Path", label: str, seed: int, lab: "Provider") -> "ChapterResult":
    from onduty.checking.judge import Job, Judge

    return Judge(Job(chapter, app, label, seed, lab)).run()


def _tell(starter: "CheckResult", yours: "CheckResult") -> None:
    from rich.columns import Columns

    say()
    say((starter.id, "bold"), f"  {starter.promise}")
    width = out().width
    beside = width >= SIDE_BY_SIDE
    panels = [
        _panel(check, whose, width // 2 - 2 if beside else width)
        for check, whose in ((starter, "starter"), (yours, "yours"))
    ]
    if beside:
        out().print(Columns(panels, padding=(0, 2)))
        return
    for panel in panels:
        out().print(panel)


def _panel(check: "CheckResult", whose: str, width: int) -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from onduty.reports import timeline
    from onduty.reports.terminal import SIGNS

    sign, colour = SIGNS[check.verdict]
    lines = [Text.assemble((f"  {whose} ", "dim"), (f"{sign} {check.verdict}", colour))]
    lines += [Text(f"    {line}", no_wrap=True) for line in timeline.text(check.timeline, width - 4)]
    if check.explanation is not None:
        lines.append(Text(f"    {check.explanation.observed}"))
    return Group(*lines)
