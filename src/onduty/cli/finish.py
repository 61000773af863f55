"""What the learner reads when an incident is over."""

from onduty.cli.console import say, show_rows
from onduty.cli.course_map import ROMAN
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
    left = (other for other in course.after(chapter) if progress.of(other.id).drill.light is not Light.LIT)
    if following := next(left, None):
        say("Next:    ", (f"onduty start {following.number}", "bold"), f"   {following.title}")
    say("Compare: ", (f"onduty diff {chapter.number} --solution", "bold"), "   your answer beside ours")
    say("Why:     ", (f"onduty solution {chapter.number}", "bold"), "   what ours changes, and other right answers")
    _show_part(course, chapter, progress)


def _show_part(course: Course, chapter: Chapter, progress: Progress) -> None:
    """When every incident of a part is drilled, what one takes home from it."""
    part = [each for each in course.incidents if each.part == chapter.part]
    if any(progress.of(each.id).drill.light is not Light.LIT for each in part):
        return
    drilled = f"all {len(part)} drilled" if len(part) > 1 else "its one incident drilled"
    shipped = sum(progress.of(each.id).ship.light is Light.LIT for each in part)
    say()
    say(
        (f"Part {ROMAN[chapter.part - 1]}, {chapter.part_title}", "bold"),
        f": {drilled}, {shipped} of {len(part)} shipped",
    )
    show_rows([((f"{each.number:02}", "dim"), each.learned[0]) for each in part])
