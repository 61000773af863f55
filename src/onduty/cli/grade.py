"""`onduty grade`."""

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onduty.cli.console import note
from onduty.cli.here import chapter_names
from onduty.cli.options import LabName, RenderTo, Seed
from onduty.cli.rendering import parse_renderings, write_renderings
from onduty.course.catalog import Course
from onduty.course.problems import NotPossibleHere, Problem

if TYPE_CHECKING:
    from onduty.course.catalog import Chapter
    from onduty.grading.batch import Plan
    from onduty.grading.job import Work
    from onduty.grading.ledger import Ledger
    from onduty.grading.model import Policy
    from onduty.grading.scheme import Scheme
    from onduty.reports.renderings import Rendering


def grade(
    submissions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SUBMISSION",
            help="Directories, .zip or .tar archives, git+URL@COMMIT; or a directory full of them. Without any, "
            "--summary and --render show what the ledger has.",
        ),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The ledger, where every result is kept.")],
    chapters: Annotated[
        list[str] | None,
        typer.Option(
            "--chapter", "-c", metavar="N", help="Grade this chapter, also where nothing was handed in for it; may be "
            "repeated. Without it, every chapter a submission holds.", autocompletion=chapter_names,
        ),
    ] = None,
    changed_since: Annotated[
        str | None,
        typer.Option(metavar="COMMIT", help="Grade the chapters that differ from it; SUBMISSION is one repository."),
    ] = None,
    ship: Annotated[bool, typer.Option("--ship", help="The submission is the whole service, 32-on-duty.")] = False,
    roster: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV: submission, id, perhaps name, submitted (when), and others to keep."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", metavar="N", min=1, help="Grade so many at once.")] = 2,
    resume: Annotated[bool, typer.Option("--resume", help="Do only what the ledger does not have yet.")] = False,
    regrade: Annotated[bool, typer.Option("--regrade", help="Grade everything again; earlier results stay.")] = False,
    only: Annotated[list[str] | None, typer.Option(metavar="WHO", help="Only these learners: an id or a name.")] = None,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Do the I-th of N parts; `onduty merge` puts them together.")
    ] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS|local", help="Grade on a Dask cluster: tcp://… or `local`.")
    ] = None,
    isolation: Annotated[
        Literal["auto", "bubblewrap", "docker", "none"],
        typer.Option(help="What stands between them and you; `auto` is bubblewrap, else Docker, else none."),
    ] = "auto",
    require_isolation: Annotated[
        bool, typer.Option("--require-isolation", help="Grade nothing where there is no isolation.")
    ] = False,
    time_limit: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="Wall clock for all checks of a chapter.")
    ] = 180.0,
    memory: Annotated[int, typer.Option(metavar="MB", min=64, help="All processes of a submission together.")] = 1024,
    processes: Annotated[int, typer.Option(metavar="N", min=8, help="Its processes and threads.")] = 128,
    cpu: Annotated[int, typer.Option(metavar="SECONDS", min=1, help="Processor time of one process.")] = 120,
    disk: Annotated[int, typer.Option(metavar="MB", min=16, help="All it may write.")] = 256,
    file_size: Annotated[int, typer.Option(metavar="MB", min=1, help="The largest file it may write.")] = 64,
    output: Annotated[int, typer.Option(metavar="MB", min=1, help="What is kept of its output: the newest.")] = 2,
    lab: LabName = "embedded",
    seed: Seed = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="Show learners by chapters, and how often each check fails.")
    ] = False,
    render: RenderTo = None,
    scheme: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML with due dates, what lateness costs, and weights.")
    ] = None,
) -> int:  # fmt: skip
    """Grade submissions that nobody trusts, each in a sandbox, and keep every result in a ledger.

    Interrupt it whenever you like: --resume goes on. Exit codes: 0 everything has been graded, well or badly;
    2 usage, 3 this machine lacks something, 4 our fault, 130 interrupted, 143 ended by SIGTERM.
    """
    from onduty.grading.batch import Shard, chosen, plan
    from onduty.grading.cohort import cohort
    from onduty.grading.ledger import Ledger
    from onduty.grading.model import Limits, Policy
    from onduty.grading.scheme import Scheme

    course = Course.find_course()
    renderings = parse_renderings(render)
    counting = Scheme.read(scheme, course) if scheme else Scheme()
    if not submissions:
        if not summary and not renderings:
            raise Problem("Name submissions to grade, or ask for --summary or --render of what the ledger has.")
        _show(Ledger.find(out), renderings, counting, summary=summary)
        return 0
    _refuse_contradictions(named=bool(chapters), changed=bool(changed_since), resume=resume, regrade=regrade)
    wanted = [course.find(name) for name in chapters or []]
    if changed_since:
        wanted = _changed(course, submissions, changed_since, ship=ship)
        if not wanted:
            note(f"No chapter differs from {changed_since}: nothing is to be graded.")
            return 0
    part = Shard.parse(shard) if shard else None
    everybody = cohort(course, submissions, roster)
    for warning in everybody.warnings():
        note(warning)
    found = chosen(everybody.submissions, only or [])
    for rendering in renderings:
        rendering.require_room_for(len(found))
    ledger = Ledger.open(out)
    if not resume and not regrade and not only and any(ledger.runs()):
        raise Problem(f"{out} holds results already. --resume adds what is missing, --regrade grades all of it again.")
    limits = Limits(
        seconds=time_limit, cpu_seconds=cpu, memory_mb=memory, processes=processes, file_mb=file_size, disk_mb=disk,
        output_mb=output,
    )  # fmt: skip
    policy = Policy(isolation=isolation, lab=lab, limits=limits, seed=seed, ship=ship)
    todo = plan(course, found, wanted, policy, ledger, regrade=regrade)
    work = todo.todo(part)
    _tell_untaken(todo)
    already = len(todo.everything) - len(todo.missing)
    if already:
        note(f"{already} of {len(todo.everything)} results are in the ledger.")
    code = _run(course, work, todo, policy, ledger, jobs=jobs, dask=dask, required=require_isolation)
    _show(ledger, renderings, counting, summary=summary)
    return code or (NotPossibleHere.exit_code if todo.lacking else 0)


def _refuse_contradictions(*, named: bool, changed: bool, resume: bool, regrade: bool) -> None:
    if named and changed:
        raise Problem("--chapter and --changed-since exclude one another: name the chapters, or let git tell them.")
    if resume and regrade:
        raise Problem("--resume and --regrade exclude one another: the one adds what is missing, the other does all.")


def _changed(course: Course, submissions: list[str], since: str, *, ship: bool) -> "list[Chapter]":
    from onduty.grading.changed import changed_chapters, changed_lights, is_lost

    if len(submissions) != 1 or not Path(submissions[0]).is_dir():
        raise Problem("--changed-since asks one repository: name its directory, and nothing else.")
    found = (changed_lights if ship else changed_chapters)(course, Path(submissions[0]), since)
    if found and is_lost(Path(submissions[0]), since):
        note(f"{since} is no longer in the history, as after a forced push: every chapter that is there is graded.")
    return found


def _tell_untaken(todo: "Plan") -> None:
    """Whose submission gave nothing to grade, and why; a Problem where that is everybody's."""
    from onduty.grading.intake import AGAIN
    from onduty.reports.visible import visible

    for name, nothing in todo.untaken:
        note(visible(f"{name}: {nothing.problem} {AGAIN if nothing.ours else 'Nothing of it is graded.'}"))
    if todo.everything:
        return
    if todo.lacking:
        raise NotPossibleHere("No submission could be taken: nothing is graded.")
    raise Problem("Nothing in these submissions belongs to a chapter. Name one with --chapter N.")


def _show(ledger: "Ledger", renderings: "list[Rendering]", scheme: "Scheme", *, summary: bool) -> None:
    """What was asked for beside the grading itself: of everybody in the ledger."""
    if not summary and not renderings:
        return
    from onduty.cli.cohort_summary import show_summary
    from onduty.grading.sheets import results_json, sheets

    found = sheets(ledger, scheme)
    if summary:
        show_summary(found)
    write_renderings(renderings, found, lambda: results_json(ledger))


def _run(
    course: Course, work: "list[Work]", todo: "Plan", policy: "Policy", ledger: "Ledger", *, jobs: int,
    dask: str | None, required: bool,
) -> int:  # fmt: skip
    from onduty.cli.grading import Board
    from onduty.grading.isolation import isolation as find_isolation
    from onduty.grading.job import Worker
    from onduty.grading.pool import grade_here

    board = Board(todo.names, len(work))
    with ExitStack() as stack:
        if dask is not None:
            from onduty.grading.cluster import grade_on_cluster

            results = grade_on_cluster(work, policy, ledger, address=dask, jobs=jobs, required=required)
        else:
            found = stack.enter_context(find_isolation(course, policy, required=required))
            board.stands_behind(found.isolation)
            results = grade_here(work, Worker(course, found), ledger, jobs=jobs)
        stack.enter_context(board)
        stack.enter_context(closing(results))
        for run in results:
            board.show(run)
    board.sum_up(ledger)
    return board.exit_code
