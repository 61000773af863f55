"""`onduty upgrade`."""

from typing import Annotated

import typer

from onduty.cli.console import say
from onduty.cli.here import find_workspace
from onduty.cli.patch import show_patch
from onduty.course.catalog import Course
from onduty.course.upgrade import ChapterUpgrade, Step, apply, outdated
from onduty.course.workspace import AUTHORS_ONLY

UNSETTLED = 1


def upgrade(
    *,
    apply_it: Annotated[bool, typer.Option("--apply", help="Merge the changes into your copies.")] = False,
) -> int:
    """Show what a newer course has changed in the starters you have.

    With --apply it is merged into your copies: your changes stay, and where both changed the same lines, both are
    marked in the file.
    """
    course = Course.find_course()
    workspace = find_workspace(course)
    upgrades = outdated(course, workspace)
    if not upgrades:
        say("Your copies come from this course's starters as they are now. There is nothing to do.")
        return 0
    if not apply_it:
        for found in upgrades:
            _show(found)
            starter = found.chapter.starter
            show_patch(workspace.base(found.chapter), starter, ("starter-before", "starter"), AUTHORS_ONLY)
            say()
        say("Nothing was changed. `onduty upgrade --apply` does it; `onduty undo` would take it back.")
        return 0
    apply(workspace, upgrades)
    for found in upgrades:
        _show(found)
    conflicts = [file for found in upgrades for file in found.files if file.step is Step.CONFLICT]
    if conflicts:
        say("Look for <<<<<<< in the files that need you. `onduty undo` takes it all back.")
        return UNSETTLED
    say("Done. `onduty undo` takes it back.")
    return 0


def _show(found: ChapterUpgrade) -> None:
    say((found.chapter.name, "bold"))
    for file in found.files:
        say(f"  {file.path} ", (str(file.step), "bold" if file.step is Step.CONFLICT else "dim"))
