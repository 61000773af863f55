"""Our solutions, as a learner's copy of a chapter would look with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from onduty.course import files
from onduty.course.catalog import Chapter, Course
from onduty.course.problems import Problem
from onduty.course.progress import Light, Progress
from onduty.course.workspace import AUTHORS_ONLY, Workspace

WHY: Final = "WHY.md"
STARTER_ONLY: Final = frozenset({"README.md"})
"""Files of a learner's copy that a solution does not have, since it would not change them."""


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What catching up did."""

    filled: tuple[Chapter, ...]
    """Chapters that hold our solution now."""
    kept: tuple[Chapter, ...]
    """Chapters the learner has worked on, which were left alone."""


@contextmanager
def solved_copy(chapter: Chapter) -> Iterator[Path]:
    """A directory that looks as a learner's copy does when it holds our solution."""
    with TemporaryDirectory(prefix="onduty-") as place:
        copy = Path(place, chapter.name)
        files.make_like(chapter.solution, copy, {WHY})
        for path in STARTER_ONLY & files.listing(chapter.starter).keys():
            files.copy(chapter.starter / path, copy / path)
        yield copy


def catch_up(course: Course, workspace: Workspace, chapter: Chapter) -> CaughtUp:
    """Put our solutions where the learner has not begun, in every incident before `chapter`.

    The whole service cannot be caught up in part: our solution of it has every fix in it. Only who begins at the whole
    service gets that.
    """
    wanted = [other for other in course.incidents if other.number < chapter.number]
    if chapter == course.service:
        wanted.append(chapter)
    kept = [other for other in wanted if _worked_on(workspace, other)]
    filled = [other for other in wanted if other not in kept]
    directories = [place for other in filled for place in workspace.places(other)]
    if filled:
        with workspace.changing(f"onduty start {chapter.number} --catch-up", directories):
            for other in filled:
                workspace.hand_out(other)
                with solved_copy(other) as copy:
                    files.make_like(copy, workspace.directory(other))
    return CaughtUp(tuple(filled), tuple(kept))


def _worked_on(workspace: Workspace, chapter: Chapter) -> bool:
    if not workspace.has(chapter):
        return False
    return bool(files.changes(workspace.begun_from(chapter), workspace.directory(chapter), AUTHORS_ONLY))


class NotSolvedYet(Problem):
    """The learner has not earned a look at the solution, and has not asked for it anyway."""


def require_pass(chapter: Chapter, progress: Progress, *, anyway: bool) -> None:
    """Refuse a look at the solution before the chapter's checks have passed once, unless it was asked for `anyway`."""
    if not anyway and progress.of(chapter.id).drill.light is Light.DARK:
        raise NotSolvedYet(
            f"You have not solved {chapter.name} yet. `onduty hint {chapter.number}` helps without giving it away; "
            "--anyway shows it."
        )
