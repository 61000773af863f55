"""Our solutions, as a learner's copy of a chapter would look with them."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from onduty.course import files
from onduty.course.catalog import Chapter, Course
from onduty.course.problems import Problem
from onduty.course.progress import Light, Progress
from onduty.course.steps import Build, build_of
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
    ours: tuple[Chapter, ...]
    """Chapters that held our solution already."""
    fixed: Chapter | None
    """The whole service, where it has those chapters' fixes now."""


@contextmanager
def solved_copy(chapter: Chapter) -> Iterator[Path]:
    """A directory that looks as a learner's copy does when it holds our solution."""
    with TemporaryDirectory(prefix="onduty-") as place:
        copy = Path(place, chapter.name)
        files.make_like(chapter.solution, copy, {WHY})
        _add_starter_only(chapter, copy)
        yield copy


def catch_up(course: Course, workspace: Workspace, chapter: Chapter) -> CaughtUp:
    """Put our solutions where the learner has not begun, in every incident before `chapter`.

    The whole service gets the same fixes, as the steps tell them, unless the learner has worked on it; our solution of
    it, which has every fix, is for who begins at the whole service.
    """
    wanted = [other for other in course.incidents if other.number < chapter.number]
    build = build_of(course)
    service, count = build.service, len({other.name for other in wanted} & set(build.lit(len(build.steps))))
    with ExitStack() as copies:
        caught_up = {other: [copies.enter_context(solved_copy(other))] for other in wanted}
        # The last of them is wanted; a service as it is after fewer steps was caught up before.
        stages = [copies.enter_context(_stage(build, steps)) for steps in range(1, count + 1)]
        if chapter == service:
            stages.append(copies.enter_context(solved_copy(service)))
        if stages:
            caught_up[service] = stages
        ours = [other for other, states in caught_up.items() if _is(workspace, other, states[-1:])]
        begun = [other for other in caught_up if other not in ours and workspace.has(other)]
        kept = [each for each in begun if not _is(workspace, each, [workspace.begun_from(each), *caught_up[each]])]
        filled = [other for other in caught_up if other not in ours and other not in kept]
        directories = [place for other in filled for place in workspace.places(other)]
        if filled:
            with workspace.changing(f"onduty start {chapter.number} --catch-up", directories):
                for other in filled:
                    workspace.hand_out(other)
                    files.make_like(caught_up[other][-1], workspace.directory(other))
    fixed = service if chapter != service and service in filled else None
    return CaughtUp(
        tuple(other for other in filled if other is not fixed),
        tuple(kept),
        tuple(other for other in ours if other != service),
        fixed,
    )


@contextmanager
def _stage(build: Build, count: int) -> Iterator[Path]:
    """A directory that looks as a learner's copy of the whole service does after so many steps."""
    with TemporaryDirectory(prefix="onduty-") as place:
        copy = build.write(count, Path(place, build.service.name))
        _add_starter_only(build.service, copy)
        yield copy


def _add_starter_only(chapter: Chapter, copy: Path) -> None:
    for path in STARTER_ONLY & files.listing(chapter.starter).keys():
        files.copy(chapter.starter / path, copy / path)


def _is(workspace: Workspace, chapter: Chapter, states: Iterable[Path]) -> bool:
    """Whether the learner's copy is as one of these."""
    mine = workspace.directory(chapter)
    return workspace.has(chapter) and any(not files.changes(state, mine, AUTHORS_ONLY) for state in states)


class NotSolvedYet(Problem):
    """The learner has not earned a look at the solution, and has not asked for it anyway."""


def require_pass(chapter: Chapter, progress: Progress, *, anyway: bool) -> None:
    """Refuse a look at the solution before the chapter's checks have passed once, unless it was asked for `anyway`."""
    if not anyway and progress.of(chapter.id).drill.light is Light.DARK:
        raise NotSolvedYet(
            f"You have not solved {chapter.name} yet. `onduty hint {chapter.number}` helps without giving it away; "
            "--anyway shows it."
        )
