"""`onduty hint`."""

import re
from typing import Annotated, Final

import typer

from onduty.cli.console import ask, interactive, say
from onduty.cli.here import ChapterName, choose, find_workspace
from onduty.course.catalog import Chapter, Course, Task
from onduty.course.problems import Problem
from onduty.course.progress import Record

TASK: Final = re.compile(r"(?P<chapter>\d+)\.(?P<task>\d+)")


class NeedsYes(Problem):
    """Nobody is there to be asked."""


def hint(
    name: ChapterName = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Show the last hint without asking.")] = False,
) -> None:
    """Show the next hint: a nudge, then where to look, then almost the code.

    N may be a task, such as 5.2. Otherwise it is about the first task that does not pass yet. Once a task's hints have
    all been read, they are shown together.
    """
    course = Course.find_course()
    workspace = find_workspace(course)
    chapter, task_name = _split(course, name)
    chapter = chapter or choose(course, workspace, name)
    record = workspace.progress().of(chapter.id)
    task = _task(chapter, task_name, record)
    read = min(record.hints.get(task.id, 0), len(task.hints))
    last = len(task.hints)
    if read == last:
        for tier in range(last):
            _show(task, tier)
        say(f"That was all. Our answer: `onduty solution {chapter.number} --anyway`.")
        return
    if read == last - 1 and not yes:
        if not interactive():
            raise NeedsYes("The last hint is almost the code. Add --yes to see it.")
        if not ask("The last hint is almost the code. Show it?"):
            say("Keep it for later. `onduty replay` shows the incident again.")
            return
    # Remembered before it is shown: what could not be saved would come up again as new.
    with workspace.updating() as progress:
        progress.of(chapter.id).hints[task.id] = read + 1
    _show(task, read)
    if read + 1 < last:
        say((f"{last - read - 1} more: onduty hint {task.id}", "dim"))


def _split(course: Course, name: str | None) -> tuple[Chapter | None, str | None]:
    """Take `5.2` apart into the chapter and its task."""
    found = TASK.fullmatch(name or "")
    if found is None:
        return None, None
    chapter = course.find(found["chapter"])
    return chapter, f"{chapter.number:02}.{found['task']}"


def _task(chapter: Chapter, wanted: str | None, record: Record) -> Task:
    if wanted is not None:
        for task in chapter.tasks:
            if task.id == wanted:
                return task
        raise Problem(f"{chapter.name} has no task {wanted}. It has {', '.join(task.id for task in chapter.tasks)}.")
    return next((task for task in chapter.tasks if not record.drill.passes(task.id)), chapter.tasks[-1])


def _show(task: Task, tier: int) -> None:
    say((f"{task.id} {task.title}", "bold"), (f"   hint {tier + 1} of {len(task.hints)}", "dim"))
    say(task.hints[tier])
    say()
