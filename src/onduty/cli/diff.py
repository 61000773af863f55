"""`onduty diff`."""

from typing import Annotated

import typer

from onduty.cli.console import note
from onduty.cli.here import ChapterName, choose, find_workspace
from onduty.cli.patch import show_patch
from onduty.course.catalog import Course
from onduty.course.solutions import require_pass, solved_copy
from onduty.course.workspace import AUTHORS_ONLY


def diff(
    name: ChapterName = None,
    *,
    solution: Annotated[bool, typer.Option("--solution", help="Compare your copy with our solution.")] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="Show our solution before you have solved it.")] = False,
) -> None:
    """Show what you have changed since you began."""
    course = Course.find_course()
    workspace = find_workspace(course)
    chapter = choose(course, workspace, name)
    yours = workspace.opened(chapter)
    if solution:
        require_pass(chapter, workspace.progress(), anyway=anyway)
        with solved_copy(chapter) as ours:
            if not show_patch(yours, ours, ("yours", "solution")):
                note("Your copy is our solution, to the byte.")
    elif not show_patch(workspace.begun_from(chapter), yours, ("starter", "yours"), AUTHORS_ONLY):
        note(f"You have not changed anything in {chapter.name} yet.")
