"""What the learner reads when an incident is over."""

from onduty.cli.console import say, show_rows
from onduty.course.catalog import Chapter, Course
from onduty.course.progress import Light, Progress


def show_finish(course: Course, chapter: Chapter, progress: Progress) -> None:
    """What was learned, the production note, and what comes next."""
    say()
    first, second = chapter.learned
    show_rows([(("Learned", "green"), first), ("", second), (("Production", "dim"), chapter.production)])
    say()
    if chapter.id == "on-duty":
        return
    if progress.of(chapter.id).ship.light is not Light.LIT:
        say("Ship it: ", (f"onduty ship {chapter.number}", "bold"), "   the same fault, in the whole service")
    following = next(iter(course.after(chapter)), None)
    if following is not None and progress.of(following.id).drill.light is not Light.LIT:
        say("Next:    ", (f"onduty start {following.number}", "bold"), f"   {following.title}")
    say("Compare: ", (f"onduty solution {chapter.number}", "bold"), "   our answer, and other right ones")
