"""`onduty list`."""

from onduty.cli.course_map import show_map
from onduty.cli.here import at_hand, tell_notices
from onduty.course.catalog import Course
from onduty.course.progress import Progress
from onduty.course.workspace import NoWorkspace, Workspace


def list_chapters() -> None:
    """Show every incident, and which lights are on.

    Each has two marks: drilled, when the checks pass on your copy, and shipped, its light, when they pass on the whole
    service.
    """
    course = Course.find_course()
    try:
        workspace = Workspace.find(course)
    except NoWorkspace:
        progress = Progress()
    else:
        progress = workspace.progress()
        tell_notices(workspace)
    show_map(course, progress, at_hand(course, progress))
