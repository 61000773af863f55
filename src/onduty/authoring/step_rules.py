"""Whether the steps lead from the starter of the whole service to its solution, light by light: what files can tell."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from onduty.authoring.step_diffs import stale_diffs
from onduty.course import files
from onduty.course.catalog import Course
from onduty.course.globs import matches
from onduty.course.problems import CourseError
from onduty.course.steps import FILE_NAME, NOT_OF_THE_APP, STEPS, Build, build_of


def broken_steps(course: Course) -> Iterator[str]:
    """One sentence for each rule of the steps that does not hold."""
    try:
        build = build_of(course)
    except CourseError as error:
        yield from error.problems
        return
    if not build.steps:
        return
    for chapter in course.incidents:
        if chapter.name not in build.lit(len(build.steps)):
            yield f"{STEPS}/{chapter.name} is missing: which change to the service turns on this light?"
    for number in range(1, len(build.steps) + 1):
        yield from _idle(build, number)
        yield from _told_twice(build, number)
        yield from _unknown(build, number)
    yield from _differences(build)
    yield from _untold(course, build)
    yield from stale_diffs(build)


def _idle(build: Build, number: int) -> Iterator[str]:
    if build.after(number - 1) == build.after(number):
        yield f"{STEPS}/{build.steps[number - 1].name}: nothing changes with it."


def _told_twice(build: Build, number: int) -> Iterator[str]:
    step = build.steps[number - 1]
    before, solution = build.after(number - 1), files.listing(build.service.solution)
    for path, file in files.listing(step.directory, {FILE_NAME}).items():
        for told in (before.get(path), solution.get(path)):
            if told is not None and files.same(file, told):
                where = told.relative_to(build.service.root).as_posix()
                yield f"{STEPS}/{step.name}/{path} is the same as {where}."


def _unknown(build: Build, number: int) -> Iterator[str]:
    step = build.steps[number - 1]
    solution = files.listing(build.service.solution)
    known: dict[str, Mapping[str, Path]] = {"takes": solution, "without": solution | dict(build.after(number - 1))}
    for pattern, key in [*((each, "takes") for each in step.takes), *((each, "without") for each in step.without)]:
        if not any(matches(path, [pattern]) for path in known[key]):
            yield f"{STEPS}/{step.name}: {key} names {pattern}, which no file fits."


def _differences(build: Build) -> Iterator[str]:
    last = build.after(len(build.steps))
    solution = files.listing(build.service.solution, NOT_OF_THE_APP)
    for path in sorted(last.keys() | solution.keys()):
        if path not in last or path not in solution or not files.same(last[path], solution[path]):
            yield f"{STEPS}: after the last step {path} is not as in the solution."


def _untold(course: Course, build: Build) -> Iterator[str]:
    why = build.service.solution / "WHY.md"
    text = why.read_text(encoding="utf-8") if why.is_file() else ""
    where = why.relative_to(course.root).as_posix()
    lit = f"Lit: {', '.join(f'{chapter.number:02}' for chapter in course.incidents)}."
    if lit not in text:
        yield f"{where} does not say `{lit}`"
    for chapter in course.incidents:
        begins = f"**{chapter.number:02} "
        if f"\n{begins}" not in text:
            yield f"{where} does not tell how the light of {chapter.name} went on: a paragraph beginning `{begins}`."
