"""The boundary between the grader and code that nobody trusts: what is seen and held, and how bubblewrap does it.

    grader                 takes the verdict; believes nothing that the submission says of itself
      cell                 one per job: its own users, processes, mounts, IPC, and a network that has loopback only
        judge and lab      the checks, PostgreSQL, Valkey, the payment provider
          room             one per process of the service: its own users, processes, mounts, IPC; the cell's network
            submission     a copy of the files it may hold; no checks, no solutions, no environment but the lab's

Where the course lies in the system's directories or in Python's, which rooms see, it is covered up there (`covers`).
A cell is gone with everything in it, files included, as soon as its first process is killed. The judge's verdict leaves
it over one descriptor, which no room inherits. bubblewrap makes both; nothing inside runs as the superuser.
`containers/engine.py` makes the same of Docker containers.
"""

import json
import os
import resource
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import onduty
from onduty.grading.model import Limits
from onduty.lab.machine.account import server_account
from onduty.lab.machine.paths import is_root

MEGABYTE: Final = 1 << 20
UID: Final = "1000"
"""Whoever runs the grader is this user inside; so is the submission, in a namespace of its own."""
CACHE: Final = "/var/cache/onduty"
SERVICES: Final = "/srv/onduty"
"""Where the service's directories lie: a file system of its own, so that filling it up hurts nobody else."""
TMP: Final = "/tmp"  # noqa: S108 - a file system of its own, in a cell as in a room
LAB_MB: Final = 1024
"""What PostgreSQL's data and the rest of the lab may take."""
ROOM_TMP_MB: Final = 16
SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SETTINGS: Final = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime",
                   "/etc/mime.types", "/etc/nsswitch.conf", "/etc/protocols", "/etc/services", "/etc/ssl")  # fmt: skip
PYTHON: Final = ("bin", "include", "lib", "lib64", "pyvenv.cfg", "share")
"""What an environment is made of, where the course lies among it."""
STAYS: Final = ("/bin/sh", "-c", '"$@"; exit $?', "sh")
"""Who dies takes along only whom it may signal: bubblewrap as root gives up that right over others, this keeps it."""
SECRETS: Final = ("chapters", "checks", "solutions", "tests")
"""The directories of a course that no room may show."""
NAMES: Final = ("passwd", "group", "hosts")
"""The files of /etc that a boundary writes itself."""
APART: Final = ("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
                "--new-session", "--uid", UID, "--gid", UID, "--hostname", "onduty")  # fmt: skip


@dataclass(frozen=True)
class Boundary:
    """Makes cells, and the rooms in them, with one installation of bubblewrap."""

    bwrap: str
    names: Path
    """A directory with the files that `NAMES` lists."""
    cache: Path
    """Where the labs of all cells keep what is made once: data directories, nothing of a submission."""
    limits: Limits
    course: Path
    """Whose checks the judge reads, and of which a room sees nothing."""

    def cell(self, command: Sequence[str], app: Path) -> list[str]:
        """The command that runs the judge in a cell of its own, with the course's checks and this app."""
        seen = [*python_files(), *course_files(self.course), self.names, app]
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}", "LANG": "C.UTF-8", "HOME": TMP, "TMPDIR": TMP,
            "ONDUTY_CACHE": CACHE, "ONDUTY_COURSE": str(self.course),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        return [
            *_doorway([*seen, self.cache]), self.bwrap, *APART, "--unshare-net", "--die-with-parent",
            *self._system(), *_tmpfs(TMP, LAB_MB), *_tmpfs(SERVICES, self.limits.disk_mb), *_read_only(seen),
            "--bind", str(self.cache), CACHE, "--chdir", TMP,
            "--clearenv", *_variables(environment), "--", *command,
        ]  # fmt: skip

    def room(self, command: Sequence[str], directory: Path, *, gate: Sequence[str] = ()) -> list[str]:
        """The command that runs a process of the service in a room; its own place is all it can write to.

        `gate` are the options that make bubblewrap wait until the room's first process has been held to the limits,
        and that name the filter of its system calls.
        """
        place = str(directory.parent)
        return [
            self.bwrap, *APART, "--disable-userns", *gate,
            *self._system(), *_tmpfs(TMP, ROOM_TMP_MB), *_read_only([*python_files(), self.names]),
            *self._masks(), "--dev-bind", os.devnull, "/dev/zero",  # a mapping of it is memory that nobody can count
            "--bind", place, place, "--chdir", str(directory), "--", *command,
        ]  # fmt: skip

    def _masks(self) -> list[str]:
        covered = covers(self.course)
        return [
            *(word for path, hidden in covered.items()
              for word in (("--tmpfs", str(path)) if hidden else ("--ro-bind", str(path), str(path)))),
            *(word for path, hidden in covered.items() if hidden for word in ("--remount-ro", str(path))),
        ]  # fmt: skip

    def _system(self) -> list[str]:
        """Programs and libraries to read, a small /dev, a /proc that shows only who is inside."""
        options = ["--proc", "/proc", "--dev", "/dev", *_tmpfs("/dev/shm", self.limits.file_mb), "--remount-ro", "/dev"]  # noqa: S108
        for place in map(Path, SYSTEM):
            if place.is_symlink():
                options += ["--symlink", str(place.readlink()), str(place)]
            elif place.is_dir():
                options += ["--ro-bind", str(place), str(place)]
        options += [word for place in SETTINGS if os.path.exists(place) for word in ("--ro-bind", place, place)]  # noqa: PTH110
        return options + [word for name in NAMES for word in ("--ro-bind", str(self.names / name), f"/etc/{name}")]

    def to_json(self) -> str:
        """What the judge needs to know to make rooms, as an argument."""
        return json.dumps({"bwrap": self.bwrap, "names": str(self.names), "limits": self.limits.model_dump(),
                           "course": str(self.course)})  # fmt: skip

    @classmethod
    def from_json(cls, text: str) -> "Boundary":
        """The same boundary, from inside a cell."""
        given = json.loads(text)
        return cls(given["bwrap"], Path(given["names"]), Path(CACHE), Limits(**given["limits"]), Path(given["course"]))


def write_names(place: Path, accounts: Mapping[str, int]) -> None:
    """The files that `NAMES` lists, for a cell in which these users have these numbers."""
    content = {
        "passwd": "".join(f"{name}:x:{uid}:{uid}::/tmp:/usr/sbin/nologin\n" for name, uid in accounts.items()),
        "group": "".join(f"{name}:x:{uid}:\n" for name, uid in accounts.items()),
        "hosts": "127.0.0.1 localhost\n",
    }
    place.chmod(0o755)
    for name in NAMES:
        (place / name).write_text(content[name])
        (place / name).chmod(0o644)


def rlimits(limits: Limits) -> Mapping[int, int]:
    """What the kernel holds every process of a room to."""
    return {
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_NOFILE: limits.files,
        resource.RLIMIT_FSIZE: limits.file_mb * MEGABYTE,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_DATA: limits.memory_mb * MEGABYTE,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_CORE: 0,
    }


def python_files() -> list[Path]:
    """The interpreter, its library and what is installed beside it."""
    return [path for path in _prefixes() if not in_system(path)]


def course_files(root: Path) -> list[Path]:
    """What the judge reads and a room must never show: this package, the chapters, the checks."""
    found = [_package(), root / "chapters", root / "checks"]
    return [path for path in found if not any(path.is_relative_to(seen) for seen in python_files())]


def secrets(course: Path) -> list[Path]:
    """What no room may show, wherever links may lead."""
    return [*((course / name).resolve() for name in SECRETS), _package()]


def covers(course: Path) -> dict[Path, bool]:
    """What must look empty in a room, in this order, though it lies in what a room sees: the course and the engine.

    Those that are False lie in one that is True, and Python needs them: they are to be seen again.
    """
    root = course.resolve()
    seen = [*_prefixes(), *map(Path, SYSTEM)]
    parts = [
        place for prefix in _prefixes() for place in ([root / name for name in PYTHON] if prefix == root else [prefix])
    ]
    wanted = {path: True for path in [root, *secrets(course)] if any(path.is_relative_to(place) for place in seen)}
    wanted |= {path: False for path in parts if path != root and path.is_relative_to(root) and path.exists()}
    found: dict[Path, bool] = {}
    for path in sorted(wanted, key=lambda path: len(path.parts)):
        around = [above for above in found if path.is_relative_to(above)]
        if wanted[path] != bool(around and found[around[-1]]):
            found[path] = wanted[path]
    return found


def _prefixes() -> list[Path]:
    return list(dict.fromkeys(Path(prefix).resolve() for prefix in (sys.base_prefix, sys.prefix)))


def _package() -> Path:
    return Path(onduty.__file__).resolve().parent


def _tmpfs(place: str, megabytes: int) -> list[str]:
    return ["--size", str(megabytes * MEGABYTE), "--tmpfs", place]


def _read_only(paths: Iterable[Path]) -> list[str]:
    """Each path in its own place; the directories above are made so that everybody may pass."""
    found = list(dict.fromkeys(paths))
    return [
        *_parents(path for path in found if not in_system(path)),
        *(word for path in found if not in_system(path) for word in ("--ro-bind", str(path), str(path))),
    ]


def _parents(paths: Iterable[Path]) -> Iterator[str]:
    above = dict.fromkeys(parent for path in paths for parent in reversed(path.parents[:-1]))
    for directory in above:
        yield from ("--dir", str(directory))


def in_system(path: Path) -> bool:
    """Whether it is there with the system's programs and libraries."""
    return any(path.is_relative_to(place) for place in SYSTEM)


def _variables(environment: Mapping[str, str]) -> list[str]:
    return [word for name, value in environment.items() for word in ("--setenv", name, value)]


def _doorway(needed: Sequence[Path]) -> list[str]:
    """For the superuser: a way to become nobody, who can still reach what is needed where only root could.

    bubblewrap is then started by a user without privileges, as it is everywhere else.
    """
    if not is_root():
        return []
    account = server_account()
    drop = [
        _program("setpriv"),
        f"--reuid={account.uid}",
        f"--regid={account.gid}",
        "--clear-groups",
        "--inh-caps=-all",
    ]
    closed = dict.fromkeys(place for path in needed for place in _closed_above(path))
    if not closed:
        return [*drop, "--"]
    behind = [path for path in needed if any(path.is_relative_to(place) for place in closed)]
    return [
        _program("bwrap"), "--die-with-parent", "--dev-bind", "/", "/",
        *(word for place in closed for word in ("--tmpfs", str(place))),
        *_parents(behind), *(word for path in behind for word in ("--bind", str(path), str(path))),
        "--cap-add", "ALL", "--", *STAYS, *drop, "--",
    ]  # fmt: skip


def _closed_above(path: Path) -> Iterator[Path]:
    """The topmost directory above the path that others cannot enter."""
    for parent in reversed(path.parents):
        if not parent.stat().st_mode & 0o001:
            yield parent
            return


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(name)
    return found
