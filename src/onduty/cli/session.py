"""What `onduty` alone does once a chapter is open: check it, and in a terminal keep watching."""

from onduty.course.catalog import Chapter, Course
from onduty.course.workspace import Workspace


def begin(course: Course, workspace: Workspace, chapter: Chapter, *, watch: bool) -> int:
    """Replay the incident against the learner's copy and explain it; with `watch`, again after each change.

    Returns the exit code of the last run. The chapter is open in the workspace, and its page has been shown.
    """
    from onduty.checking.run import Target, check
    from onduty.checking.seeds import new_seed
    from onduty.cli.console import out, say
    from onduty.cli.handing_in import tell_what_stays
    from onduty.cli.live import Keeping

    say()
    target = Target(chapter, workspace.opened(chapter), "yours")
    if watch:
        from onduty.cli.watching import keep_watching

        return keep_watching(course, workspace, target)
    tell_what_stays([target])
    seed = new_seed()
    with Keeping(out(), seed, workspace) as listener:
        report = check([target], seed=seed, lab="embedded", listener=listener)
    if report.exit_code == 0:
        from onduty.cli.finish import show_finish

        show_finish(course, chapter, workspace.progress())
    return report.exit_code
