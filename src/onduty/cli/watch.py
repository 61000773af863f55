"""`onduty watch`."""

from onduty.cli.here import ChapterName, choose, find_workspace
from onduty.cli.moving import offer_to_move
from onduty.course.catalog import Course


def watch(name: ChapterName = None) -> int:
    """Check again after each change to your copy, until Ctrl-C.

    A run that a change has made stale is ended; there is never more than one at a time.
    """
    from onduty.checking.run import Target
    from onduty.cli.watching import keep_watching

    course = Course.find_course()
    workspace = find_workspace(course)
    chapter = choose(course, workspace, name)
    offer_to_move(course, workspace, chapter)
    return keep_watching(course, workspace, Target(chapter, workspace.opened(chapter), "yours"))
