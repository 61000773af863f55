"""`onduty ship`."""

from typing import TYPE_CHECKING, Annotated

import typer

from onduty.cli.console import err, out, say
from onduty.cli.here import chapter_names, find_workspace
from onduty.cli.options import Full, JsonFile, JunitFile, LabName, Seed
from onduty.course.catalog import Chapter, Course
from onduty.course.problems import CourseError, Problem
from onduty.course.progress import Light, Progress

if TYPE_CHECKING:
    from pathlib import Path

    from onduty.checking.run import Target
    from onduty.course.workspace import Workspace
    from onduty.reports.model import Report


def ship(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[N]...", help="The lights to look at.", autocompletion=chapter_names),
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Look at every light.")] = False,
    starter: Annotated[bool, typer.Option("--starter", help="Look at our naive service.")] = False,
    solution: Annotated[bool, typer.Option("--solution", help="Look at our production service.")] = False,
    seed: Seed = None,
    lab: LabName = "embedded",
    json_file: JsonFile = None,
    junit_file: JunitFile = None,
    full: Full = False,
) -> int:
    """Run the checks on the whole service, 32-on-duty: one light a chapter.

    Without N, every light of a chapter that you have drilled or shipped. The service's behaviour suite runs each time,
    so that a fix that breaks a feature is seen.
    """
    from onduty.checking.run import check as run_checks
    from onduty.checking.seeds import new_seed
    from onduty.cli.check import write_report
    from onduty.cli.live import Keeping, Live

    course = Course.find_course()
    workspace, app, label = _app(course, starter=starter, solution=solution)
    progress = workspace.progress() if workspace else Progress()
    lights = _lights(course, progress, names or [], everything=everything or workspace is None)
    targets = _targets(course, lights, app, label)
    console = err() if json_file == "-" else out()
    listener = Keeping(console, workspace, full=full) if workspace else Live(console, full=full)
    with listener:
        report = run_checks(targets, seed=seed if seed is not None else new_seed(), lab=lab, listener=listener)
    write_report(report, json_file, junit_file)
    if json_file != "-":
        _show_lights(course, report, before=progress if workspace else None)
    return report.exit_code


def _app(course: Course, *, starter: bool, solution: bool) -> "tuple[Workspace | None, Path, str]":
    service = _service(course)
    if starter and solution:
        raise Problem("--starter and --solution exclude one another: choose one.")
    if starter or solution:
        return None, service.starter if starter else service.solution, "starter" if starter else "solution"
    workspace = find_workspace(course)
    workspace.hand_out(service)
    return workspace, workspace.opened(service), "yours"


def _service(course: Course) -> Chapter:
    if course.service is None:
        raise CourseError(["chapters/32-on-duty, the whole service, is missing"])
    return course.service


def _lights(course: Course, progress: Progress, names: list[str], *, everything: bool) -> list[Chapter]:
    if names:
        return [course.find(name) for name in names]
    if everything:
        return list(course.incidents)
    begun = [
        chapter
        for chapter in course.incidents
        if {progress.of(chapter.id).drill.light, progress.of(chapter.id).ship.light} != {Light.DARK}
    ]
    if not begun:
        raise Problem("No chapter is drilled yet: name the lights to look at (`onduty ship 1`), or write --all.")
    return begun


def _targets(course: Course, lights: list[Chapter], app: "Path", label: str) -> "list[Target]":
    from onduty.checking.run import Target

    service = _service(course)
    behaviour = Target(service, app, label)
    return [*(Target(chapter, app, label, ship=True) for chapter in lights if chapter is not service), behaviour]


def _show_lights(course: Course, report: "Report", *, before: Progress | None) -> None:
    """The lights after this run, one that went out first; `before` is None for code that is not the learner's."""
    from onduty.reports.verdict import Verdict

    passed = {chapter.id: chapter.verdict is Verdict.PASSED for chapter in report.chapters}
    was_lit = {
        chapter.id: before is not None and before.of(chapter.id).ship.light is Light.LIT for chapter in course.incidents
    }
    say()
    for chapter in course.incidents:
        if was_lit[chapter.id] and not passed.get(chapter.id, True):
            say(("Went out: ", "bold red"), f"{chapter.number:02} {chapter.title}. What changed since it was lit?")
    for chapter in course.incidents:
        lit = passed.get(chapter.id, was_lit[chapter.id])
        news = "  lit now" if before is not None and lit and not was_lit[chapter.id] else ""
        say(("● " if lit else "○ ", "yellow" if lit else "dim"), f"{chapter.number:02} {chapter.title}", (news, "bold"))
    dark = [chapter for chapter in course.incidents if not passed.get(chapter.id, True)]
    if not passed[_service(course).id]:
        say("The behaviour suite fails: a feature is broken. That comes first.")
    elif dark:
        say("Next light: ", (f"onduty ship {dark[0].number}", "bold"))
