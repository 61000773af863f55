"""`onduty solution`."""

from typing import Annotated

import typer

from onduty.cli.console import out, say, short
from onduty.cli.here import ChapterName, choose, find_workspace
from onduty.cli.patch import show_patch
from onduty.course.catalog import Course
from onduty.course.solutions import WHY, require_pass, solved_copy
from onduty.course.workspace import AUTHORS_ONLY


def solution(
    name: ChapterName = None,
    *,
    anyway: Annotated[bool, typer.Option("--anyway", help="Show it before you have solved it yourself.")] = False,
) -> None:
    """Show our solution, once you have yours: where it is, what it changes, and why."""
    course = Course.find_course()
    workspace = find_workspace(course)
    chapter = choose(course, workspace, name)
    require_pass(chapter, workspace.progress(), anyway=anyway)
    say("Our solution: ", (short(chapter.solution), "bold"))
    say()
    with solved_copy(chapter) as ours:
        show_patch(chapter.starter, ours, ("starter", "solution"), AUTHORS_ONLY)
    say()
    text = (chapter.solution / WHY).read_text("utf-8")
    if out().is_terminal:
        from rich.markdown import Markdown

        out().print(Markdown(text))
    else:
        say(text)
