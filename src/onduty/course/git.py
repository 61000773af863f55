"""Asks git, where it is installed; the course works without it."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

# A repository around the command (a hook, an alias) must not become the one that is asked or written to.
_ELSEWHERE: Final = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"})


class GitFailed(Exception):
    """Git is not there, or did not do it; the message is its last line."""


def git(repository: Path, *arguments: str) -> bytes:
    """Run git in a repository; its output, or GitFailed."""
    program = shutil.which("git")
    if program is None:
        raise GitFailed("git is not installed")
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    answer = subprocess.run(
        [program, "-C", str(repository), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env=environment,
    )
    if answer.returncode:
        said = answer.stderr.decode(errors="replace").strip().splitlines()
        raise GitFailed(said[-1] if said else f"git {arguments[0]} ended with {answer.returncode}")
    return answer.stdout
