"""Which chapters a push changed."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from onduty.course import files
from onduty.course.catalog import Chapter, Course
from onduty.course.git import GitFailed, git
from onduty.course.problems import Problem

COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
NEW_BRANCH: Final = re.compile(r"0+")
"""What a forge gives as the commit before the first one."""


def is_lost(repository: Path, since: str) -> bool:
    """Whether the whole history is here and that commit is not in it: it was amended, or pushed over."""
    if NEW_BRANCH.fullmatch(since) or _answer(repository, "--is-shallow-repository") != b"false\n":
        return False
    return not _answer(repository, "--verify", "--quiet", f"{since}^{{commit}}")


def changed_chapters(course: Course, repository: Path, since: str) -> list[Chapter]:
    """The chapters with files that differ from that commit and are still there.

    All that are there, where there is nothing to compare with: on a new branch, or when the commit is lost. What is
    handed in may be a part of its repository, and a chapter's directory may lie anywhere in it, or be all of it.
    """
    touched = _named_on(course, repository, _differing(repository, since))
    return [chapter for chapter in _present(course, repository) if chapter in touched]


def changed_lights(course: Course, repository: Path, since: str) -> list[Chapter]:
    """All chapters if the whole service differs, since the checks of each are run on it; else none."""
    if _present(course, repository):
        differs = course.service in changed_chapters(course, repository, since)
    else:
        differs = bool(_differing(repository, since))
    return list(course.chapters) if differs else []


def _present(course: Course, repository: Path) -> list[Chapter]:
    return _named_on(course, repository, files.listing(repository))


def _named_on(course: Course, repository: Path, paths: Iterable[str]) -> list[Chapter]:
    """The chapters whose name a directory on one of these paths has; the repository's own is on all of them."""
    root = repository.resolve().name
    names = {name for path in paths for name in (root, *path.split("/")[:-1])}
    return [chapter for chapter in course.chapters if chapter.name in names]


def _differing(repository: Path, since: str) -> list[str]:
    """The files that differ from that commit; all, where there is nothing to compare with."""
    if not NEW_BRANCH.fullmatch(since) and not COMMIT.fullmatch(since):
        raise Problem(f"--changed-since {since} is not a commit: give its hash, as in 3f9c2ab.")
    if NEW_BRANCH.fullmatch(since) or is_lost(repository, since):
        return list(files.listing(repository))
    try:
        # Only names are asked for, and nothing that the repository's own settings name is run.
        found = git(repository, "-c", "core.fsmonitor=false", "diff", "--name-only", "-z", "--relative",
                    "--no-ext-diff", "--no-textconv", "--no-renames", since, "HEAD", "--")  # fmt: skip
    except GitFailed as failure:
        raise Problem(f"What changed since {since} cannot be told ({failure}). Fetch the whole history.") from None
    return [os.fsdecode(path) for path in found.split(b"\0") if path]


def _answer(repository: Path, *question: str) -> bytes:
    try:
        return git(repository, "rev-parse", *question)
    except GitFailed:
        return b""
