"""`onduty ship`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from onduty.cli.console import err, out, say, short
from onduty.cli.handing_in import tell_what_stays
from onduty.cli.here import chapter_names, find_workspace
from onduty.cli.options import Full, JsonFile, JunitFile, LabName, Seed
from onduty.cli.rendering import STDOUT, parse_renderings, write_own
from onduty.course.catalog import Chapter, Course
from onduty.course.problems import CourseError, Problem
from onduty.course.progress import Light, Progress

if TYPE_CHECKING:
    from onduty.checking.run import Target
    from onduty.cli.shipping import Shipping
    from onduty.course.workspace import Workspace
    from onduty.reports.model import LightResult, Report


@dataclass(frozen=True)
class Ship:
    """The service that is looked at; a workspace where it is the learner's own."""

    app: Path
    label: str
    explains: str
    """The command that tells what is wrong with a feature of it."""
    against: str = ""
    """The options that name it."""
    workspace: "Workspace | None" = None


def ship(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="N", help="The lights to look at.", autocompletion=chapter_names),
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Look at every light.")] = False,
    starter: Annotated[bool, typer.Option("--starter", help="Look at our naive service.")] = False,
    solution: Annotated[bool, typer.Option("--solution", help="Look at our production service.")] = False,
    step: Annotated[
        int | None, typer.Option(metavar="K", help="Look at our service as it is after K lights.", show_default=False)
    ] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="With --step: put that service there instead of looking at it.")
    ] = None,
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
    from onduty.cli.lights import show_lights

    course = Course.find_course()
    if sum((starter, solution, step is not None)) > 1:
        raise Problem("--starter, --solution and --step exclude one another: choose one.")
    if into is not None:
        return _write_step(course, step, into)
    renderings = parse_renderings(None, json_file, junit_file)
    seed = seed if seed is not None else new_seed()
    with _opened(course, starter=starter, solution=solution, step=step) as found:
        progress = found.workspace.progress() if found.workspace else Progress()
        lights = _lights(course, progress, names or [], everything=everything or found.workspace is None)
        targets = _targets(course, lights, found)
        if found.workspace:
            tell_what_stays(targets[:1])
        with _listener(found, json_file, seed, _worth_explaining(course, names or [], progress), full=full) as listener:
            report = run_checks(targets, seed=seed, lab=lab, listener=listener)
    report = report.model_copy(update={"lights": _board(course, report, progress if found.workspace else None)})
    write_own(report, renderings, json_file)
    if json_file != STDOUT:
        show_lights(report, course, learner=found.workspace is not None, explains=found.explains)
    return report.exit_code


def _write_step(course: Course, step: int | None, directory: Path) -> int:
    from onduty.course.steps import build_of

    if step is None:
        raise Problem("--into wants --step K: which service is to be put there?")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Problem(f"{directory} is there already and is not empty: name a new directory.")
    build = build_of(course)
    build.require(step)
    build.write(step, directory)
    lit = ", ".join(name[:2] for name in build.lit(step)) or "none"
    say(f"{short(directory.absolute())} holds the service after {step} of {len(build.steps)} steps. Lights: {lit}.")
    return 0


@contextmanager
def _opened(course: Course, *, starter: bool, solution: bool, step: int | None) -> Iterator[Ship]:
    service = _service(course)
    if starter or solution:
        which = "starter" if starter else "solution"
        yield Ship(getattr(service, which), which, f"onduty check {service.number} --{which}", f"--{which}")
    elif step is not None:
        from onduty.course.steps import build_of

        build = build_of(course)
        build.require(step)
        with TemporaryDirectory(prefix="onduty-step-") as place:
            app, label = build.write(step, Path(place, service.name)), f"after {step} of {len(build.steps)} steps"
            yield Ship(app, label, f"onduty ship --step {step} --full", f"--step {step}")
    else:
        workspace = find_workspace(course)
        workspace.hand_out(service)
        yield Ship(workspace.opened(service), "yours", f"onduty check {service.number}", workspace=workspace)


def _listener(found: Ship, json_file: str | None, seed: int, explained: set[str], *, full: bool) -> "Shipping":
    from onduty.cli.shipping import KeptShipping, Shipping

    console = err() if json_file == STDOUT else out()
    workspace = found.workspace
    listener = KeptShipping(console, seed, workspace, full=full) if workspace else Shipping(console, seed, full=full)
    listener.explained = explained
    return listener


def _worth_explaining(course: Course, names: list[str], progress: Progress) -> set[str]:
    """What was asked for by name, what breaks a feature, and what was lit; the board has a line for each other."""
    lit = {each.id for each in course.incidents if progress.of(each.id).ship.light is Light.LIT}
    return {_service(course).id, *(course.find(name).id for name in names), *lit}


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


def _targets(course: Course, lights: list[Chapter], found: Ship) -> "list[Target]":
    """The behaviour suite first: a broken feature matters more than a light."""
    from onduty.checking.run import Target

    service = _service(course)
    incidents = [chapter for chapter in lights if chapter is not service]
    return [
        Target(chapter, found.app, found.label, ship=chapter is not service, against=found.against)
        for chapter in (service, *incidents)
    ]


def _board(course: Course, report: "Report", before: Progress | None) -> "list[LightResult]":
    """The lights after this run; `before` is None for code that is not the learner's, of which nothing is kept."""
    from onduty.reports.lights import lights_of

    looked_at = {result.id for result in report.chapters}
    incidents = {
        chapter.id: (chapter.number, chapter.title)
        for chapter in course.incidents
        if before is not None or chapter.id in looked_at
    }
    lit = {} if before is None else {each: before.of(each).ship.light is Light.LIT for each in incidents}
    return lights_of(report.chapters, incidents, lit)
