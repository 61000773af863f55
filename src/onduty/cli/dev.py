"""`onduty dev …`: what a course author runs."""

import os
import random
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from onduty.cli.console import note, say
from onduty.cli.options import LabName, Seed
from onduty.cli.rendering import writing
from onduty.course.catalog import Course
from onduty.course.problems import CourseError, Problem

if TYPE_CHECKING:
    from onduty.authoring.looks import Known

app = typer.Typer(
    help="For authors: the rules of the course, the verdict bank, new chapters, figures.", no_args_is_help=True
)

NO_ENTRY: Final = "No entry of the bank is called that: `onduty dev {command}` lists them as it grades them."
Chapters = Annotated[list[str] | None, typer.Argument(metavar="N", help="Chapters; every one when left out.")]


@app.command()
def check() -> int:
    """Hold the rules that can be read off the files: mirrored trees, hints, promises, the bank's completeness."""
    from onduty.authoring.rules import broken_rules

    try:
        broken = list(broken_rules(_checkout()))
    except CourseError as error:
        # The other rules are read off what these files say.
        broken = error.problems
    for sentence in broken:
        say(sentence)
    say(f"{len(broken)} rule{'s' if len(broken) != 1 else ''} broken." if broken else "Every rule holds.")
    return int(bool(broken))


@app.command()
def bank(
    names: Chapters = None,
    *,
    repeat: Annotated[
        int, typer.Option(metavar="N", min=1, help="Grade every entry so many times, each with another seed.")
    ] = 1,
    stress: Annotated[bool, typer.Option("--stress", help="Keep every core busy meanwhile.")] = False,
    jobs: Annotated[int, typer.Option(metavar="N", min=1, help="Grade so many entries at once.")] = 2,
    resume: Annotated[
        bool, typer.Option("--resume", help="Leave out entries whose recorded result still stands for as many runs.")
    ] = False,
    minutes: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES", min=0.1, help="Begin no entry after so long; the seed says in which order they come."
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Only entries whose name holds this text.")
    ] = None,
    seed: Seed = None,
    lab: LabName = "embedded",
) -> int:
    """Grade every banked answer: right ones must pass, wrong ones must fail the checks they name, and no others."""
    from onduty.authoring.bank import Outcome, run_bank
    from onduty.authoring.bank_table import show_outcome, show_totals
    from onduty.authoring.results import Results
    from onduty.authoring.stress import busy_cores
    from onduty.authoring.variants import variants_of

    course = _checkout()
    bank = [variant for chapter in course.incidents for variant in variants_of(chapter)]
    chapters = {course.find(name).id for name in names or []}
    variants = [variant for variant in bank if not chapters or variant.chapter.id in chapters]
    variants = [variant for variant in variants if not only or any(text in variant.id for text in only)]
    if not variants:
        raise Problem(NO_ENTRY.format(command="bank"))
    results = Results(course.root)
    if resume:
        variants = [variant for variant in variants if not results.stands(variant, runs=repeat, stressed=stress)]
    if minutes is not None:
        random.Random(seed).shuffle(variants)

    def on_outcome(outcome: Outcome) -> None:
        show_outcome(outcome)
        results.add(outcome, stressed=stress)
        results.save(bank)

    with busy_cores() if stress else nullcontext():
        outcomes = run_bank(
            variants, repeat=repeat, jobs=jobs, lab=lab, seed=seed, minutes=minutes, on_outcome=on_outcome
        )
    if len(outcomes) < len(variants):
        left = len(variants) - len(outcomes)
        say(f"{left} of {len(variants)} entries were not graded: the {minutes:g} minutes were over.")
    show_totals(outcomes)
    return int(any(outcome.wrong_runs for outcome in outcomes))


@app.command()
def steps(
    counts: Annotated[
        list[int] | None, typer.Argument(metavar="K", help="Numbers of steps; every one when left out.")
    ] = None,
    *,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Look at so many lights at once.", show_default=False)
    ] = None,
    seed: Seed = None,
    diffs: Annotated[
        bool, typer.Option("--write-diffs", help="Write the steps' diffs into docs/service/ instead.")
    ] = False,
) -> int:
    """Replay the building of the whole service: after each step exactly its lights shine, and every feature works."""
    from onduty.authoring.step_diffs import write_diffs
    from onduty.authoring.steps import stages
    from onduty.course.steps import build_of

    course = _checkout()
    build = build_of(course)
    if diffs:
        for path in write_diffs(build):
            say(path.as_posix())
        return 0
    wanted = counts or list(range(len(build.steps) + 1))
    for count in wanted:
        build.require(count)
    with stages(build, wanted) as services:
        return _look(course, services, jobs, seed)


@app.command()
def whole(
    *,
    only: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Only entries whose name holds this text.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Look at so many lights at once.", show_default=False)
    ] = None,
    seed: Seed = None,
) -> int:
    """Grade the bank of the whole service: right ones light everything, in a wrong one exactly one light is out."""
    from onduty.authoring.whole_bank import whole_variants, written

    course = _checkout()
    variants = [each for each in whole_variants(course) if not only or any(text in each.name for text in only)]
    if not variants:
        raise Problem(NO_ENTRY.format(command="whole"))
    with written(course, variants) as services:
        return _look(course, services, jobs, seed)


def _look(course: Course, services: "list[Known]", jobs: int | None, seed: int | None) -> int:
    from onduty.authoring.looks import Seen, look_at, side_by_side
    from onduty.checking.seeds import new_seed

    def on_seen(seen: Seen) -> None:
        say(f"{seen.drawn}  {seen.service.name}  ", ("ok", "green") if not seen.wrong else ("wrong", "red"))
        for look in seen.wrong:
            say(f"   {look.told}")

    found = look_at(
        course,
        services,
        jobs=jobs or side_by_side(),
        seed=seed if seed is not None else new_seed(),
        on_seen=on_seen,
    )
    wrong = sum(len(seen.wrong) for seen in found)
    say(f"{len(found)} services, {sum(len(seen.looks) for seen in found)} looks, {wrong} of them wrong.")
    return int(bool(wrong))


@app.command()
def new(
    number: Annotated[int, typer.Argument(metavar="N", min=1, max=99, help="The chapter's number.")],
    chapter_id: Annotated[str, typer.Argument(metavar="ID", help="Its permanent id, such as retry-storm.")],
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Its title, such as “Retry storm”.")],
) -> int:
    """Make the places of a new chapter: a running app, one check, and what is left to write."""
    from onduty.authoring.new import make_chapter

    course = _checkout()
    for path in make_chapter(course, number, chapter_id, title):
        say(path.relative_to(course.root).as_posix())
    say("`onduty dev check` lists what is left to write.")
    return 0


@app.command()
def bench(
    names: Chapters = None,
    *,
    runs: Annotated[int, typer.Option(metavar="N", min=1, help="Measure so many times.")] = 5,
    profile: Annotated[
        bool, typer.Option("--profile", help="Of the whole service: tell whose the solution's processor time is.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures for the site.")] = False,
) -> int:
    """Measure time to feedback: minimum, median and maximum over the runs.

    `onduty dev bench service` measures the whole service instead: its starter and its solution under the same load.
    """
    from onduty.authoring import bench as measure
    from onduty.authoring.figures import page

    course = _checkout()
    if names == ["service"]:
        return _bench_service(course, profile=profile, write=write)
    if profile:
        raise Problem("--profile is for the whole service: `onduty dev bench service --profile`.")
    chapters = [course.find(name) for name in names or []] or list(course.incidents)
    figures = []
    for figure in measure.all_figures(course, chapters, runs):
        say(str(figure))
        figures.append(figure)
    if write:
        _keep(course, "feedback.md", page(figures, runs))
    return 0


def _bench_service(course: Course, *, profile: bool, write: bool) -> int:
    from onduty.authoring.figures import service_page
    from onduty.authoring.service_bench import each, tables

    if course.service is None:
        raise Problem("There is no whole service here to measure.")
    if write and not profile:
        raise Problem("The site shows the profile too: `onduty dev bench service --profile --write`.")
    busy = os.getloadavg()[0]
    measured = []
    for one in each(course.service, profile=profile):
        note(f"{one.name}: {one.per_second:.0f} requests a second")
        measured.append(one)
    say(tables(measured))
    if write:
        _keep(course, "service.md", service_page(tables(measured), busy))
    return 0


def _keep(course: Course, name: str, text: str) -> None:
    target = course.root / "docs" / "fragments" / name
    target.write_text(text, encoding="utf-8")
    note(f"Written to {target.relative_to(course.root)}.")


@app.command("bench-grade")
def bench_grade(
    *,
    runs: Annotated[int, typer.Option(metavar="N", min=1, help="Grade one submission so many times.")] = 5,
    right: Annotated[int, typer.Option(metavar="N", min=0, help="Right answers in the cohort.")] = 40,
    wrong: Annotated[int, typer.Option(metavar="N", min=0, help="Wrong answers in it.")] = 14,
    hostile: Annotated[int, typer.Option(metavar="N", min=0, help="Attacks in it.")] = 6,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures for the site.")] = False,
) -> int:
    """Measure grading: one submission, its sandbox, a cohort on both engines, the memory of a job."""
    from onduty.authoring.bench_grading import Cohort, figures
    from onduty.authoring.figures import grading_page

    course = _checkout()
    found = []
    for figure in figures(course, runs, Cohort(right, wrong, hostile)):
        say(str(figure))
        found.append(figure)
    if write:
        _keep(course, "grading.md", grading_page(found, runs))
    return 0


@app.command()
def hostile() -> int:
    """Publish the table of the hostile bank in docs/fragments/hostile.md."""
    from onduty.authoring.hostile import every_attack, table

    course = _checkout()
    _keep(course, "hostile.md", table(every_attack(course.root)))
    return 0


@app.command()
def pages(
    names: Chapters = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; say what is not up to date.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Record the runs again, even if nothing changed.")] = False,
) -> int:
    """Write the generated pages of the site; what has changed since its runs were recorded is recorded again first.

    N limits the recording; every page is written. With --check, the exit code is 1 if anything is out of date.
    """
    from onduty.authoring.pages import writing

    course = _checkout()
    if check:
        stale = list(writing.stale(course))
        for sentence in stale:
            say(sentence)
        say("Run `onduty dev pages`." if stale else "Every generated page is up to date.")
        return int(bool(stale))
    numbers = [course.find(name).number for name in names or []]
    for line in (*writing.record(course, again=record, numbers=numbers), *writing.write(course)):
        say(line)
    return 0


@app.command()
def schema(
    *,
    results: Annotated[bool, typer.Option("--results", help="That of `onduty grade --render json`.")] = False,
    target: Annotated[Path | None, typer.Option("--write", metavar="FILE", help="Write it there instead.")] = None,
) -> int:
    """Print the JSON Schema of the report, or of a ledger's results."""
    from onduty.grading.results_schema import results_schema
    from onduty.reports.schema import report_schema

    text = results_schema() if results else report_schema()
    if target is None:
        typer.echo(text, nl=False)
    else:
        with writing(target):
            target.write_text(text, encoding="utf-8")
    return 0


def _checkout() -> Course:
    course = Course.find_course()
    if not course.is_checkout:
        raise Problem("This is for authors: it needs a checkout of the course, not the installed package.")
    return course


@app.command()
def notebooks(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Every one when left out.")] = None,
    *,
    fast: Annotated[bool, typer.Option("--fast", help="Try each with few repeats, and publish nothing.")] = False,
    stale: Annotated[bool, typer.Option("--check", help="Only say which pages are older than their notebook.")] = False,
    words: Annotated[
        bool, typer.Option("--words", help="Run nothing: take over words that have changed, where the code has not.")
    ] = False,
) -> int:
    """Run the notebooks and write their pages; a cell that raises is a failure."""
    import time
    from concurrent.futures import ThreadPoolExecutor

    from onduty.authoring.notebooks import Notebook, has_old_words, notebooks_of, reworded, run, with_outputs

    root = _checkout().root
    chosen = notebooks_of(root, names or [])
    if stale:
        old = [
            f"docs/measured/{each.name}.md: run `onduty dev notebooks {each.name}`" for each in chosen if each.is_stale
        ]
        old += [
            f"docs/measured/{each.name}.md: take over its words with `onduty dev notebooks --words {each.name}`"
            for each in chosen
            if has_old_words(each)
        ]
        full = [f"{path.relative_to(root)}: store it without outputs" for path in with_outputs(root)]
        for sentence in [*old, *full]:
            say(sentence)
        return int(bool(old or full))
    if words:
        for each in chosen:
            each.page.write_text(reworded(each), encoding="utf-8")
        return 0

    def timed(notebook: Notebook) -> float:
        started = time.monotonic()
        run(notebook, fast=fast)
        return time.monotonic() - started

    # What is measured is measured alone; what is only tried goes two side by side.
    with ThreadPoolExecutor(2 if fast else 1) as pool:
        try:
            for notebook, seconds in zip(chosen, pool.map(timed, chosen), strict=True):
                say(f"{notebook.name}  {seconds:.1f} s")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return 0
