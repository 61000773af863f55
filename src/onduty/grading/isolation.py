"""Finds out what this machine can put between the grader and a submission, by trying it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from onduty.course.catalog import Course
from onduty.course.problems import NotPossibleHere, Problem
from onduty.grading.boundary import NAMES, Boundary
from onduty.grading.model import Isolation, Limits, Policy
from onduty.lab.account import server_account
from onduty.lab.paths import cache_dir

PROBE_LIMIT: Final = 20.0
PROBE: Final = "import os, subprocess, sys; os.access(sys.argv[1], os.R_OK) or sys.exit('cannot read ' + sys.argv[1]); \
sys.exit(subprocess.run(sys.argv[2:]).returncode)"
CONSEQUENCE: Final = "what is graded can read and change whatever you can"


class Confines(Protocol):
    """Turns a judge's command into one that runs it with its lab apart from everything else."""

    def __call__(self, command: Sequence[str], app: Path) -> list[str]:
        """The command, for this copy of the submission."""


@dataclass(frozen=True)
class Bubblewrap:
    """Cells and rooms made by bubblewrap."""

    boundary: Boundary
    course: Path

    def __call__(self, command: Sequence[str], app: Path) -> list[str]:
        """The command, in a cell."""
        return self.boundary.cell([*command, "--room", self.boundary.to_json()], self.course, app)


@dataclass(frozen=True)
class Found:
    """What there is: the name for the report, and how to use it; `confines` is None where there is nothing."""

    isolation: Isolation
    confines: Confines | None

    def confine(self, command: Sequence[str], app: Path) -> Sequence[str]:
        """The command behind whatever there is."""
        return self.confines(command, app) if self.confines else command


@contextmanager
def isolation(course: Course, policy: Policy, *, required: bool) -> Iterator[Found]:
    """What the policy asks for, or the best there is; where it must be there and is not, a Problem."""
    with tempfile.TemporaryDirectory(prefix="onduty-names-") as place:
        names = Path(place)
        names.chmod(0o755)
        for name, text in NAMES.items():
            (names / name).write_text(text)
            (names / name).chmod(0o644)
        found = _find(course, policy, names)
        if found.confines is None and (required or policy.isolation == "bubblewrap"):
            raise NotPossibleHere(f"There is no isolation here: {found.isolation.why}. Without it, {CONSEQUENCE}.")
        yield found


def _find(course: Course, policy: Policy, names: Path) -> Found:
    if policy.lab != "embedded" and policy.isolation != "none":
        raise Problem(f"--lab {policy.lab} lies outside of every sandbox: use the embedded lab, or --isolation none.")
    if policy.isolation == "none":
        return Found(Isolation(provider="none", why="it was asked for with --isolation none"), None)
    try:
        return Found(Isolation(provider="bubblewrap"), _bubblewrap(course.root, policy.limits, names))
    except Unavailable as reason:
        return Found(Isolation(provider="none", why=str(reason)), None)


class Unavailable(Exception):
    """What this machine has not got; the reason is half a sentence."""


def _bubblewrap(course: Path, limits: Limits, names: Path) -> Bubblewrap:
    if sys.platform != "linux":
        raise Unavailable("bubblewrap needs Linux")
    program = shutil.which("bwrap")
    if program is None:
        raise Unavailable("bubblewrap is not installed (`apt install bubblewrap`)")
    found = Bubblewrap(Boundary(program, names, _cache(), limits), course)
    _try(lambda: _probe(found, names))
    return found


def _probe(found: Bubblewrap, names: Path) -> list[str]:
    """A cell that reads the course and makes a room, in which nothing happens."""
    room = found.boundary.room(["true"], names)
    command = [sys.executable, "-I", "-S", "-c", PROBE, str(found.course / "checks"), *room]
    return found.boundary.cell(command, found.course, names)


def _try(command: Callable[[], list[str]]) -> None:
    try:
        done = subprocess.run(
            command(), stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_LIMIT, cwd="/", check=False
        )
    except FileNotFoundError as missing:
        raise Unavailable(f"{missing.args[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Unavailable("a sandbox could not be started within 20 s") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"a sandbox could not be started ({said[-1][:200] if said else 'no reason given'})")


def _cache() -> Path:
    """A cache that whoever runs the labs may write to, and that no learner's own lab reads."""
    cache = cache_dir() / "graded"
    cache.mkdir(mode=0o700, exist_ok=True)
    account = server_account()
    if account.substitute:
        os.chown(cache, account.uid, account.gid)
    return cache
