"""Finds out what this machine can put between the grader and a submission, by trying it."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from onduty.course.catalog import Course
from onduty.course.problems import NotPossibleHere, Problem
from onduty.grading import probe
from onduty.grading.boundary import SYSTEM, UID, Boundary, write_names
from onduty.grading.containers import engine, keeper
from onduty.grading.filter import MACHINES
from onduty.grading.model import Isolation, IsolationName, Limits, Policy
from onduty.grading.place import private_place
from onduty.lab.machine.account import server_account
from onduty.lab.machine.paths import cache_dir

PROBE_LIMIT: Final = 20.0
CONSEQUENCE: Final = "what is graded can read and change whatever you can"


class Confines(Protocol):
    """Turns a judge's command into one that runs it with its lab apart from everything else."""

    def __call__(self, command: Sequence[str], app: Path) -> list[str]:
        """The command, for this copy of the submission."""


@dataclass(frozen=True)
class Bubblewrap:
    """Cells and rooms made by bubblewrap."""

    boundary: Boundary

    def __call__(self, command: Sequence[str], app: Path) -> list[str]:
        """The command, in a cell."""
        return self.boundary.cell([*command, "--room", self.boundary.to_json()], app)


@dataclass(frozen=True)
class Found:
    """What there is: the name for the report, and how to use it; `confines` is None where there is nothing."""

    isolation: Isolation
    confines: Confines | None
    place: Path
    """Where copies of submissions may lie, each in a directory of its own."""

    def confine(self, command: Sequence[str], app: Path) -> Sequence[str]:
        """The command behind whatever there is."""
        return self.confines(command, app) if self.confines else command


@contextmanager
def isolation(course: Course, policy: Policy, *, required: bool) -> Iterator[Found]:
    """What the policy asks for, or the best there is; where it must be there and is not, a Problem."""
    with private_place() as place:
        found = _find(course, policy, place)
        if found.confines is None and (required or policy.isolation in PROVIDERS):
            raise NotPossibleHere(f"There is no isolation here: {found.isolation.why}. Without it, {CONSEQUENCE}.")
        yield found


def _find(course: Course, policy: Policy, place: Path) -> Found:
    if policy.lab != "embedded" and policy.isolation != "none":
        raise Problem(f"--lab {policy.lab} lies outside of every sandbox: use the embedded lab, or --isolation none.")
    if policy.isolation == "none":
        return Found(Isolation(provider="none", why="it was asked for with --isolation none"), None, place)
    names = place / "names"
    names.mkdir(mode=0o700)
    reasons = []
    for provider, make in PROVIDERS.items():
        if policy.isolation in {"auto", provider}:
            try:
                return Found(Isolation(provider=provider), make(course.root, policy.limits, names), place)
            except Unavailable as reason:
                reasons.append(str(reason))
    return Found(Isolation(provider="none", why="; ".join(reasons)), None, place)


class Unavailable(Exception):
    """What this machine has not got; the reason is half a sentence."""


def _bubblewrap(course: Path, limits: Limits, names: Path) -> Confines:
    if sys.platform != "linux":
        raise Unavailable("bubblewrap needs Linux")
    program = shutil.which("bwrap")
    if program is None:
        raise Unavailable("bubblewrap is not installed (`apt install bubblewrap`)")
    if platform.machine() not in MACHINES:
        raise Unavailable(f"the sandbox's filter is made for {' and '.join(MACHINES)}, not for {platform.machine()}")
    write_names(names, {"onduty": int(UID)})
    found = Bubblewrap(Boundary(program, names, _cache(), limits, course))
    _try(found, course, names)
    return found


def _docker(course: Path, limits: Limits, names: Path) -> Confines:
    program = shutil.which("docker")
    if sys.platform != "linux" or program is None:
        raise Unavailable("Docker is not installed")
    names.chmod(0o755)
    try:
        found = engine.Containers(program, engine.empty_image(program), names, _cache(), limits, course)
        keeper.sweep(program)
    except subprocess.CalledProcessError as refusal:
        raise Unavailable(f"no Docker engine answers ({_last_line(refusal.stderr)})") from None
    except subprocess.TimeoutExpired:
        raise Unavailable("the Docker engine does not answer") from None
    _try(found, course, names, "--report-to", "1")
    return found


PROVIDERS: Final[Mapping[IsolationName, Callable[[Path, Limits, Path], Confines]]] = {
    "bubblewrap": _bubblewrap,
    "docker": _docker,
}
"""The best first."""


def _try(confines: Confines, course: Path, names: Path, *more: str) -> None:
    """Start a cell that reads the course and has a process started in a room, which must not see it."""
    if str(course.resolve()) in SYSTEM:
        raise Unavailable(f"the course is {course} itself, which every room sees; move it into a directory of its own")
    command = [sys.executable, "-P", "-m", probe.__name__, str(course), *more]
    try:
        done = subprocess.run(
            confines(command, names),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_LIMIT,
            cwd="/",
            check=False,
        )
    except FileNotFoundError as missing:
        raise Unavailable(f"{missing.args[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"a sandbox could not be started within {PROBE_LIMIT:g} s") from None
    if done.returncode:
        raise Unavailable(f"a sandbox could not be started ({_last_line(done.stderr)})")


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "no reason given"


def _cache() -> Path:
    """A cache that whoever runs the labs may write to, and that no learner's own lab reads."""
    cache = cache_dir() / "graded"
    cache.mkdir(mode=0o700, exist_ok=True)
    account = server_account()
    if account.substitute:
        os.chown(cache, account.uid, account.gid)
    return cache
