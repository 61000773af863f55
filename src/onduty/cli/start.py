"""`onduty start`."""

from typing import Annotated

import typer

from onduty.cli.chapter_page import missing_prerequisites, show_page
from onduty.cli.console import note, say
from onduty.cli.here import ChapterName, at_hand, tell_notices
from onduty.cli.moving import offer_to_move
from onduty.course.catalog import Chapter, Course
from onduty.course.workspace import Workspace


def start(
    name: ChapterName = None,
    *,
    catch_up: Annotated[
        bool, typer.Option("--catch-up", help="Put our solutions into the incidents before it that you have not begun.")
    ] = False,
) -> None:
    """Begin an incident: copy it into your workspace and read the page.

    Left out, N is the one at hand, or the next once that is solved. A copy that you have is never touched.
    """
    course = Course.find_course()
    workspace, _ = Workspace.find_or_make(course)
    chapter = course.find(name) if name else at_hand(course, workspace.progress())
    offer_to_move(course, workspace, chapter)
    if catch_up:
        tell_caught_up(course, workspace, chapter)
    open_chapter(course, workspace, chapter)
    say("Next: ", (f"onduty check {chapter.number}", "bold"))


def open_chapter(course: Course, workspace: Workspace, chapter: Chapter) -> None:
    """Make it the chapter at hand and show it."""
    new = workspace.hand_out(chapter)
    workspace.open(chapter)
    progress = workspace.progress()
    tell_notices(workspace)
    show_page(chapter, workspace, progress)
    if not new:
        say(f"It is as you left it; `onduty reset {chapter.number}` begins anew.")
    missing = missing_prerequisites(course, chapter, progress)
    if missing:
        names = ", ".join(f"{other.number:02}" for other in missing)
        note(f"It builds on {names}, which you have not solved. It can be done without.")


def tell_caught_up(course: Course, workspace: Workspace, chapter: Chapter) -> None:
    """Catch up, and say what that did."""
    from onduty.course.solutions import catch_up

    done = catch_up(course, workspace, chapter)
    if done.filled:
        names = ", ".join(f"{other.number:02}" for other in done.filled)
        say(f"Our solutions are in {names} now. `onduty undo` takes them out again.")
    if done.kept:
        names = ", ".join(f"{other.number:02}" for other in done.kept)
        say(f"Left alone, since you have worked on them: {names}.")
    if not (done.filled or done.kept):
        say("Nothing comes before it.")
