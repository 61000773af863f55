"""What the learner reads when an incident begins."""

from onduty.cli.console import say, short, show_rows
from onduty.cli.course_map import ROMAN
from onduty.course.catalog import Chapter, Course
from onduty.course.progress import Light, Progress
from onduty.course.workspace import Workspace


def show_page(chapter: Chapter, workspace: Workspace, progress: Progress) -> None:
    """Print the pager's message, the tasks, and where the files are."""
    say()
    about = f"   part {ROMAN[chapter.part - 1]}, {chapter.duration}"
    say((f"{chapter.number:02} {chapter.title}", "bold"), (about, "dim"))
    say((chapter.page, "italic"))
    say()
    solved = progress.of(chapter.id).drill.passes
    show_rows(
        (
            task.id,
            task.title,
            (f"{task.points} {'bonus ' if task.bonus else ''}points", "dim"),
            ("passes", "green") if solved(task.id) else "",
        )
        for task in chapter.tasks
    )
    say()
    say("Your copy: ", (short(workspace.directory(chapter)), "bold"), "   begin with README.md")


def missing_prerequisites(course: Course, chapter: Chapter, progress: Progress) -> list[Chapter]:
    """The chapters this one builds on that are there and not drilled yet."""
    known = (course.by_id(prerequisite) for prerequisite in chapter.prerequisites)
    return [other for other in known if other is not None and progress.of(other.id).drill.light is Light.DARK]
