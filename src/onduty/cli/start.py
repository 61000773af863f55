"""`onduty start`."""

from collections.abc import Collection
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
        bool,
        typer.Option(
            "--catch-up",
            help="Put our solutions where you have not begun: into the incidents before it, and into 32-on-duty.",
        ),
    ] = False,
) -> None:
    """Begin an incident: copy it into your workspace and read the page.

    Left out, N is the one at hand, or the next once that is solved. A copy that you have is never touched.
    """
    course = Course.find_course()
    workspace, _ = Workspace.find_or_make(course)
    chapter = course.find(name) if name else at_hand(course, workspace.progress())
    offer_to_move(course, workspace, chapter)
    caught_up = tell_caught_up(course, workspace, chapter) if catch_up else ()
    open_chapter(course, workspace, chapter, caught_up)
    say("Next: ", (f"onduty check {chapter.number}", "bold"))


def open_chapter(course: Course, workspace: Workspace, chapter: Chapter, caught_up: Collection[Chapter] = ()) -> None:
    """Make it the chapter at hand and show it; what was `caught_up` need not be solved."""
    new = workspace.hand_out(chapter)
    workspace.open(chapter)
    progress = workspace.progress()
    tell_notices(workspace)
    show_page(chapter, workspace, progress)
    if not new:
        say(f"It is as you left it; `onduty reset {chapter.number}` begins anew.")
    missing = [other for other in missing_prerequisites(course, chapter, progress) if other not in caught_up]
    if missing:
        names = ", ".join(f"{other.number:02}" for other in missing)
        note(f"It builds on {names}, which you have not solved. It can be done without.")


def tell_caught_up(course: Course, workspace: Workspace, chapter: Chapter) -> tuple[Chapter, ...]:
    """Catch up, and say what that did; returns the chapters that hold our solution now."""
    from onduty.course.solutions import catch_up

    done = catch_up(course, workspace, chapter)
    places = []
    if done.filled:
        places.append(f"our solutions in {', '.join(f'{other.number:02}' for other in done.filled)}")
    if done.fixed is not None:
        places.append(f"the fixes of all before {chapter.number:02} in {done.fixed.name}")
    if places:
        say(f"Now you have {' and '.join(places)}. `onduty undo` takes them out again.")
    if done.kept:
        names = ", ".join(f"{other.number:02}" for other in done.kept)
        say(f"Left alone, since you have worked on them: {names}.")
    if not (places or done.kept):
        say("You have our solution of everything before it already." if done.ours else "Nothing comes before it.")
    return (*done.filled, *done.ours)
