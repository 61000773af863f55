"""What to do about edits in `chapters/`, the course's own files."""

from onduty.cli.console import ask, interactive, note, say, short
from onduty.course.catalog import Chapter, Course
from onduty.course.misplaced import misplaced_edits, move
from onduty.course.workspace import Workspace


def offer_to_move(course: Course, workspace: Workspace, opening: Chapter) -> None:
    """Say that the course's own files were edited, and offer to a person to move the edits into the workspace.

    The chapter that is about to be opened is handed out as it was committed, whatever the answer.
    """
    with misplaced_edits(course) as edits:
        if not edits:
            return
        for edit in edits:
            if edit.chapter == opening:
                workspace.hand_out(edit.chapter, edit.committed)
        places = ", ".join(short(edit.chapter.starter) for edit in edits)
        note(f"You have edited the course's own files in {places}; your copies are in {short(workspace.root)}.")
        if not interactive():
            note("Run `onduty` in a terminal to move the edits there.")
            return
        if not ask("Move your edits there, and restore the course's files?", default=True):
            return
        conflicts = move(workspace, edits)
    moved = sum(len(edit.paths) for edit in edits)
    say(f"Moved {moved} file{'s' if moved > 1 else ''}. `onduty undo` moves them back.")
    for path in conflicts:
        say(f"Both were edited in {path}: look for <<<<<<< in it.")
