"""`onduty`, alone."""

from onduty.cli import session
from onduty.cli.console import interactive, note, say, short
from onduty.cli.course_map import show_map
from onduty.cli.here import at_hand, tell_notices
from onduty.cli.moving import offer_to_move
from onduty.cli.start import open_chapter
from onduty.course.catalog import Course
from onduty.course.progress import Light, Progress
from onduty.course.upgrade import outdated
from onduty.course.workspace import Workspace


def resume() -> int:
    """Go on where the learner is; the first time, make the workspace and show the map."""
    course = Course.find_course()
    workspace, made = Workspace.find_or_make(course)
    progress = workspace.progress()
    tell_notices(workspace)
    chapter = at_hand(course, progress)
    offer_to_move(course, workspace, chapter)
    if progress.current is None:
        say("You are on duty at Night Owl Coffee. Each incident hands you the service as it was when you were paged.")
        if made:
            say(f"Your copies of the code are in {short(workspace.root)}; nothing but your own commands changes them.")
        say()
        show_map(course, progress, chapter)
    open_chapter(course, workspace, chapter)
    _remind(course, workspace, progress)
    return session.begin(course, workspace, chapter, watch=interactive())


def _remind(course: Course, workspace: Workspace, progress: Progress) -> None:
    """Say what was left lying, in a line each."""
    records = [(chapter, progress.of(chapter.id)) for chapter in course.incidents]
    waiting = [
        chapter for chapter, record in records if (record.drill.light, record.ship.light) == (Light.LIT, Light.DARK)
    ]
    if course.service and waiting:
        names = ", ".join(f"{chapter.number:02}" for chapter in waiting)
        note(f"Solved and not shipped yet: {names}. Next for the whole service: onduty ship {waiting[0].number}")
    if upgrades := outdated(course, workspace):
        names = ", ".join(f"{upgrade.chapter.number:02}" for upgrade in upgrades)
        note(f"The course has changed the starter of {names} since you began it: `onduty upgrade` shows how.")
