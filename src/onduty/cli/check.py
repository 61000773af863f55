"""`onduty check`."""

from contextlib import nullcontext
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from onduty.cli.console import err, out
from onduty.cli.handing_in import tell_what_stays
from onduty.cli.here import chapter_names, choose, find_workspace
from onduty.cli.moving import offer_to_move
from onduty.cli.options import Full, JsonFile, JunitFile, LabName, RenderTo, Seed
from onduty.cli.rendering import STDOUT, parse_renderings, write_own
from onduty.course.catalog import Chapter, Course
from onduty.course.problems import Problem
from onduty.lab.providers import Provider

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from onduty.checking.judge import Job
    from onduty.checking.run import Target
    from onduty.course.workspace import Workspace
    from onduty.reports.model import Report


def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="N", help="Chapters: numbers, ids, or unambiguous parts of them.", autocompletion=chapter_names
        ),
    ] = None,
    *,
    app: Annotated[Path | None, typer.Option(metavar="DIR", help="Check the app in this directory instead.")] = None,
    starter: Annotated[bool, typer.Option("--starter", help="Check our starter: see the incident fail.")] = False,
    solution: Annotated[
        bool, typer.Option("--solution", help="Check our solution; without N, of every chapter.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Run only this check, or this task's; may be repeated.")
    ] = None,
    seed: Seed = None,
    repeat: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, help="Check so many times, each with another seed; a report is the worst run's."
        ),
    ] = 1,
    isolated: Annotated[
        bool, typer.Option("--isolated", help="Judge what may be handed in, in the sandbox of `onduty grade`.")
    ] = False,
    lab: LabName = "embedded",
    json_file: JsonFile = None,
    junit_file: JunitFile = None,
    render: RenderTo = None,
    full: Full = False,
) -> int:
    """Replay the incident against your code and explain what fell over.

    Without N, the chapter you are in or began last. Exit codes: 0 passed, 1 failed, 2 usage, 3 not graded,
    4 our fault, 5 crashed, 6 timed out.
    """
    from onduty.checking.run import check as run_checks
    from onduty.checking.seeds import LARGEST_SEED, new_seed
    from onduty.cli.live import Keeping, Live
    from onduty.reports.verdict import Verdict

    course = Course.find_course()
    renderings = parse_renderings(render, json_file, junit_file)
    targets, workspace = _targets(course, names or [], app, starter=starter, solution=solution)
    targets, wanted = _wanted(targets, only or [])
    if not (starter or solution):
        tell_what_stays(targets)
    console = err() if json_file == STDOUT else out()
    first = seed if seed is not None else new_seed()
    reports = []
    with _behind_the_boundary(course, lab) if isolated else nullcontext(lambda job: job) as confine:
        for turn in range(repeat):
            whole = not wanted
            drawn = (first + turn - 1) % LARGEST_SEED + 1
            listener = (
                Keeping(console, drawn, workspace, full=full, whole=whole)
                if workspace
                else Live(console, drawn, full=full)
            )
            with listener:
                report = run_checks(targets, seed=drawn, lab=lab, only=wanted, listener=listener, confine=confine)
            reports.append(report)
    verdict = Verdict.worst(report.verdict for report in reports)
    worst = next(report for report in reports if report.verdict is verdict)
    write_own(worst, renderings, json_file)
    if workspace and not wanted and json_file != STDOUT:
        _show_finished(course, workspace, worst)
    return worst.exit_code


def _behind_the_boundary(course: Course, lab: Provider) -> "AbstractContextManager[Callable[[Job], Job]]":
    from onduty.grading.own import apart

    return apart(course, lab)


def _targets(
    course: Course, names: list[str], app: Path | None, *, starter: bool, solution: bool
) -> "tuple[list[Target], Workspace | None]":
    """Whose code is checked; the workspace only where it is the learner's own."""
    from onduty.checking.run import Target

    if sum((app is not None, starter, solution)) > 1:
        raise Problem("--app, --starter and --solution exclude one another: choose one.")
    if starter or solution:
        chapters = [course.find(name) for name in names] or list(course.chapters)
        label = "starter" if starter else "solution"
        return [Target(chapter, getattr(chapter, label), label, against=f"--{label}") for chapter in chapters], None
    if app is not None:
        place, again = _directory(app), f"--app {quote(str(app))}"
        return [Target(chapter, place, str(app), against=again) for chapter in _named(course, names, app)], None
    workspace = find_workspace(course)
    chapters = [choose(course, workspace, name) for name in names] or [choose(course, workspace, None)]
    offer_to_move(course, workspace, chapters[0])
    return [Target(chapter, workspace.opened(chapter), "yours") for chapter in chapters], workspace


def _named(course: Course, names: list[str], app: Path) -> list[Chapter]:
    """With --app, the chapter may be left out where the directory is called after it, to the letter."""
    if names:
        return [course.find(name) for name in names]
    called = [chapter for chapter in course.chapters if app.resolve().name in {chapter.id, chapter.name}]
    if not called:
        raise Problem(f"Which chapter is {app}? Name it: `onduty check N --app {app}`.")
    return called


def _directory(app: Path) -> Path:
    if not app.is_dir():
        raise Problem(f"{app} is not a directory: --app wants the directory that holds the Procfile.")
    return app.resolve()


def _wanted(targets: "list[Target]", only: list[str]) -> "tuple[list[Target], tuple[str, ...]]":
    """The full ids of the checks that were asked for, and the targets that have one.

    The last part of an id is enough, and a task means each of its checks.
    """
    from onduty.checking.task import names_in

    if not only:
        return targets, ()
    known = [names_in(target.chapter.checks) for target in targets]
    found = []
    for wanted in only:
        matches = [name for names in known for name in names if wanted in (name, *name.split("/"))]
        if not matches:
            there_are = ", ".join(name for names in known for name in names)
            raise Problem(f'There is no check "{wanted}" here. There are {there_are}.')
        found += matches
    having = [target for target, names in zip(targets, known, strict=True) if not set(found).isdisjoint(names)]
    return having, tuple(found)


def _show_finished(course: Course, workspace: "Workspace", report: "Report") -> None:
    from onduty.cli.finish import show_finish
    from onduty.reports.verdict import Verdict

    for result in report.chapters:
        if result.verdict is Verdict.PASSED:
            show_finish(course, course.find(result.id), workspace.progress())
