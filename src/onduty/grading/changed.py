"""Which chapters a push changed."""

import re
from pathlib import Path
from typing import Final

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

    All that are there, where there is nothing to compare with: on a new branch, or when the commit is lost.
    """
    present = [chapter for chapter in course.chapters if (repository / chapter.name).is_dir()]
    if NEW_BRANCH.fullmatch(since):
        return present
    if not COMMIT.fullmatch(since):
        raise Problem(f"--changed-since {since} is not a commit: give its hash, as in 3f9c2ab.")
    if is_lost(repository, since):
        return present
    try:
        # Only names are asked for, and nothing that the repository's own settings name is run.
        found = git(repository, "-c", "core.fsmonitor=false", "diff", "--name-only", "-z", "--no-ext-diff",
                    "--no-textconv", "--no-renames", since, "HEAD", "--")  # fmt: skip
    except GitFailed as failure:
        raise Problem(f"What changed since {since} cannot be told ({failure}). Fetch the whole history.") from None
    touched = {path.partition(b"/")[0].decode(errors="replace") for path in found.split(b"\0")}
    return [chapter for chapter in present if chapter.name in touched]


def _answer(repository: Path, *question: str) -> bytes:
    try:
        return git(repository, "rev-parse", *question)
    except GitFailed:
        return b""
