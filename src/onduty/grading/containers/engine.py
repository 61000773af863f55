"""A cell and its room as two containers: every option that a Docker engine is given stands in this file.

    cell   judge and lab: no network but loopback, a read-only system, the course; a user without a name outside
    room   the service: the cell's network and process numbers; no course, another user, no capabilities

Both see the host's own system and Python, read-only, on an image that holds nothing. The cell's processes have numbers
in the room, so that the judge can look after the service; they are another user's, and so are the service's own
processes one and all: the kernel keeps each user's hands off the others'.
"""

import hashlib
import io
import json
import os
import resource
import secrets
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onduty.grading.boundary import (
    CACHE,
    LAB_MB,
    MEGABYTE,
    NAMES,
    ROOM_TMP_MB,
    SERVICES,
    SETTINGS,
    SYSTEM,
    TMP,
    course_files,
    covers,
    in_system,
    python_files,
    rlimits,
    write_names,
)
from onduty.grading.containers import entry, keeper, porter
from onduty.grading.model import Limits
from onduty.lab.machine.account import server_account

MINDER: Final = 64320
GUESTS: Final = 200
"""So many services one job may start, each with a user of its own; whoever runs the grader is the judge's."""
FIRST_GUEST: Final = 1 << 20
LAST_GUEST: Final = 1 << 30
"""Users nobody has; each job draws its own from these, since the kernel counts processes by user."""
PORTER: Final = "/run/onduty/porter.py"
STEERING: Final = ("kill", "sys_ptrace", "dac_override", "chown", "fowner")
"""What the judge may do to the service, which belongs to somebody else: signal it, look at it, hand it its files."""
BECOMING: Final = ("setuid", "setgid", "setpcap")
"""What it takes to become a user with these and no other capabilities."""
DROPPING: Final = ("setuid", "setgid")
ULIMITS: Final = {
    "nproc": resource.RLIMIT_NPROC, "nofile": resource.RLIMIT_NOFILE, "fsize": resource.RLIMIT_FSIZE,
    "cpu": resource.RLIMIT_CPU, "data": resource.RLIMIT_DATA, "memlock": resource.RLIMIT_MEMLOCK,
    "core": resource.RLIMIT_CORE,
}  # fmt: skip
SERVICES_AT_ONCE: Final = 8
"""The room as a whole has so many times the processes that one service may have."""
ENGINE_LIMIT: Final = 60.0


@dataclass(frozen=True)
class Containers:
    """Makes cells with one Docker engine."""

    docker: str
    image: str
    names: Path
    """Where each job's files that `NAMES` lists may lie."""
    cache: Path
    limits: Limits
    course: Path

    def __call__(self, command: Sequence[str], app: Path) -> list[str]:
        """The command, kept by a process that ends when the cell is gone."""
        first = FIRST_GUEST + secrets.randbelow(LAST_GUEST - FIRST_GUEST)
        guests = range(first, first + GUESTS)
        names = Path(tempfile.mkdtemp(dir=self.names))
        write_names(names, {"onduty": server_account().uid} | {f"service{guest - first}": guest for guest in guests})
        output_bytes = self.limits.output_mb * MEGABYTE
        room = json.dumps({"guests": [guests.start, guests.stop], "output_bytes": output_bytes})
        job = {
            "docker": self.docker,
            "cell": self._cell([*command, "--room", room], app, names),
            "room": self._room(names),
            "report_to": int(command[command.index("--report-to") + 1]),
        }
        return [sys.executable, "-I", "-S", keeper.__file__, json.dumps(job)]

    def _cell(self, command: Sequence[str], app: Path, names: Path) -> list[str]:
        account = server_account()
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}", "LANG": "C.UTF-8", "HOME": TMP, "TMPDIR": TMP,
            "ONDUTY_CACHE": CACHE, "ONDUTY_COURSE": str(self.course), entry.JUDGE: json.dumps(list(command)),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        kept = ",".join(["-all", *(f"+{capability}" for capability in STEERING)])
        return [
            "--network", "none", "--hostname", "onduty", "--workdir", TMP,
            *_apart([*STEERING, *BECOMING], self.limits), *_tmpfs(TMP, LAB_MB),
            *self._seen([*python_files(), *course_files(self.course), app], names),
            *_mount(self.cache, CACHE, writable=True), *self._place(account.uid), *_variables(environment), self.image,
            "/usr/bin/setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups",
            f"--inh-caps={kept}", f"--ambient-caps={kept}", f"--bounding-set={kept}", "--",
            sys.executable, "-P", entry.__file__,
        ]  # fmt: skip

    def _room(self, names: Path) -> list[str]:
        limits, held = self.limits, rlimits(self.limits)
        covered = covers(self.course)
        seen = [path for path in python_files() if not covered.get(path)]
        again = [path for path, hidden in covered.items() if not hidden and path not in seen]
        memory = f"{limits.memory_mb + limits.disk_mb}m"  # what it writes lies in memory, too
        return [
            "--memory", memory, "--memory-swap", memory, "--pids-limit", str(SERVICES_AT_ONCE * limits.processes),
            *(word for name, which in ULIMITS.items() for word in ("--ulimit", f"{name}={held[which]}")),
            *_apart(DROPPING, limits), *_tmpfs(TMP, ROOM_TMP_MB), *self._seen(seen, names),
            *(word for path, hidden in covered.items() if hidden for word in ("--tmpfs", f"{path}:ro,size=4k")),
            *(word for path in again for word in _mount(path, str(path))),
            *_mount(Path(porter.__file__).resolve(), PORTER), *self._place(server_account().uid), self.image,
            sys.executable, "-I", "-S", PORTER, str(MINDER),
        ]  # fmt: skip

    def _seen(self, paths: Sequence[Path], names: Path) -> list[str]:
        """The system, and these paths where they are on the host, below directories that everybody may pass."""
        system = [Path(place) for place in SYSTEM if not Path(place).is_symlink() and Path(place).is_dir()]
        settings = [Path(place) for place in SETTINGS if Path(place).exists()]
        found = [path for path in dict.fromkeys(paths) if not in_system(path)]
        tops = dict.fromkeys(f"/{path.parts[1]}" for path in found if not path.is_relative_to(TMP))
        return [
            *(word for top in tops for word in ("--tmpfs", f"{top}:mode=755,size=1m")),
            *(word for path in [*system, *settings, *found] for word in _mount(path, str(path))),
            *(word for name in NAMES for word in _mount(names / name, f"/etc/{name}")),
        ]

    def _place(self, owner: int) -> list[str]:
        """The one file system that cell and room share; the keeper gives it a name."""
        options = f"size={self.limits.disk_mb}m,mode=755,uid={owner}"
        fields = ["type=volume", f"src={keeper.VOLUME}", f"dst={SERVICES}", "volume-nocopy", "volume-opt=type=tmpfs",
                  "volume-opt=device=tmpfs", f'"volume-opt=o={options}"', f'"volume-label={keeper.MARK}"']  # fmt: skip
        return ["--mount", ",".join(fields)]


def empty_image(docker: str) -> str:
    """The image that holds nothing but the places of the host's system; made unless the engine has it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for place in map(Path, SYSTEM):
            entry = tarfile.TarInfo(place.name)
            entry.mode = 0o755
            if place.is_symlink():
                entry.type, entry.linkname = tarfile.SYMTYPE, str(place.readlink())
            elif place.is_dir():
                entry.type = tarfile.DIRTYPE
            else:
                continue
            tar.addfile(entry)
    name = f"onduty-empty:{hashlib.sha256(content.getvalue()).hexdigest()[:12]}"
    if not ask(docker, "image", "ls", "--quiet", name):
        ask(docker, "import", "-", name, given=content.getvalue())
    return name


def ask(docker: str, *words: str, given: bytes = b"") -> str:
    """What the engine answers; CalledProcessError when it refuses."""
    done = subprocess.run([docker, *words], input=given, capture_output=True, timeout=ENGINE_LIMIT, check=True)
    return done.stdout.decode(errors="replace").strip()


def _apart(capabilities: Iterable[str], limits: Limits) -> list[str]:
    return [
        "--read-only", "--user", "0:0", "--security-opt", "no-new-privileges", "--cap-drop", "ALL",
        *(word for name in capabilities for word in ("--cap-add", name)),
        "--ipc", "private", "--shm-size", f"{limits.file_mb}m", "--log-driver", "none",
    ]  # fmt: skip


def _tmpfs(place: str, megabytes: int) -> list[str]:
    return ["--tmpfs", f"{place}:exec,mode=1777,size={megabytes * MEGABYTE}"]


def _mount(source: Path, target: str, *, writable: bool = False) -> list[str]:
    fields = ["type=bind", f'"src={source}"', f'"dst={target}"', *([] if writable else ["readonly"])]
    return ["--mount", ",".join(fields)]


def _variables(environment: Mapping[str, str]) -> list[str]:
    return [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
