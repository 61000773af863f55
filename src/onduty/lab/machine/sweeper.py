"""The guardian's process: reads what a run made, and ends it all when the pipe closes.

It is started as a program of its own (`python -I -S sweeper.py RUN_DIR`), so it imports nothing but the standard
library. It may find the run in any state: stopped processes, orphans, directories without permissions.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

TURN = 0.005
CLUSTER_GRACE = 2.0
KILL_LIMIT = 10.0
COMMAND_LIMIT = 30.0
SHARED_MEMORY_LINE = 6  # of postmaster.pid
IPC_RMID = 0


@dataclass(frozen=True)
class Process:
    """One line of the process table."""

    pid: int
    parent: int
    group: int
    born: str
    home: str
    directory: str


@dataclass
class Duties:
    """What a run told its guardian."""

    run_dir: Path
    groups: dict[int, str] = field(default_factory=dict)  # group -> when its leader was born
    clusters: list[Path] = field(default_factory=list)
    commands: list[dict[str, Any]] = field(default_factory=list)

    def note(self, line: str) -> None:
        """Take note of one line."""
        verb, _, what = line.partition(" ")
        if verb == "kill":
            self.groups[int(what)] = _born(int(what))
        elif verb == "forget":
            self.groups.pop(int(what), None)
        elif verb == "cluster":
            self.clusters.append(Path(what))
        elif verb == "run":
            self.commands.append(json.loads(what))


def sweep(run_dir: Path, lines: Iterable[str]) -> bool:
    """End and remove everything named in the lines, and the directory; return whether nothing is left."""
    duties = Duties(run_dir)
    for line in lines:
        duties.note(line)
    return _sweep(duties)


def _sweep(duties: Duties) -> bool:
    recorded = {segment for data_dir in duties.clusters if (segment := _recorded_segment(data_dir)) is not None}
    seen = _stop_clusters(duties)
    ended = _kill_all(duties, seen)
    for segment in recorded | _segments_of(seen):
        _remove_segment(segment)
    taken_down = _run_all(duties.commands)
    _remove(duties.run_dir)
    return ended and taken_down and not duties.run_dir.exists()


def _stop_clusters(duties: Duties) -> set[int]:
    """Ask each PostgreSQL server to stop at once (SIGQUIT), so that it takes its shared memory along.

    Return the processes of the run that were there.
    """
    family = members(duties)
    clusters = {str(data_dir) for data_dir in duties.clusters}
    servers = {process.pid: process for process in family if process.directory in clusters}
    postmasters = [process.pid for process in servers.values() if process.parent not in servers]
    for pid in servers:
        _signal(pid, signal.SIGCONT)
    for pid in postmasters:
        _signal(pid, signal.SIGQUIT)
    deadline = time.monotonic() + CLUSTER_GRACE
    while any(_alive(pid) for pid in postmasters) and time.monotonic() < deadline:
        time.sleep(TURN)
    return {process.pid for process in family}


def _kill_all(duties: Duties, seen: set[int]) -> bool:
    deadline = time.monotonic() + KILL_LIMIT
    while left := members(duties):
        seen.update(process.pid for process in left)
        for process in left:
            _signal(process.pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            return False
        time.sleep(TURN)
    return True


def members(duties: Duties) -> list[Process]:
    """Return the processes of the run: of its groups, in its clusters, with its HOME, and all their descendants."""
    table = process_table()
    inside = f"{duties.run_dir}{os.sep}"
    clusters = {str(data_dir) for data_dir in duties.clusters}
    groups = {group for group, born in duties.groups.items() if group not in table or table[group].born == born}
    found = {
        process.pid
        for process in table.values()
        if process.group in groups or process.directory in clusters or f"{process.home}{os.sep}".startswith(inside)
    }
    while children := {p.pid for p in table.values() if p.parent in found and p.pid not in found}:
        found |= children
    return [table[pid] for pid in found if pid != os.getpid()]


def process_table() -> dict[int, Process]:
    """Return every living process; a zombie is not one."""
    if Path("/proc/self/stat").exists():
        rows = (_from_proc(int(name)) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208
        return {row.pid: row for row in rows if row is not None}
    return _from_ps()


def _from_proc(pid: int) -> Process | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    if stat[0] in (b"Z", b"X"):
        return None
    home = ""
    directory = ""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        home = next((os.fsdecode(entry[5:]) for entry in environment if entry.startswith(b"HOME=")), "")
        directory = os.readlink(f"/proc/{pid}/cwd")  # noqa: PTH115 - a path object would resolve too much
    except OSError:
        pass  # somebody else's process
    return Process(pid, int(stat[1]), int(stat[2]), stat[19].decode(), home, directory)


def _from_ps() -> dict[int, Process]:
    """Read the process table where there is no /proc (macOS); `-E` shows the environment behind the command."""
    answer = subprocess.run(
        ["/bin/ps", "-A", "-E", "-w", "-w", "-o", "pid=,ppid=,pgid=,state=,command="],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    table = {}
    for line in answer.stdout.splitlines():
        pid, parent, group, state, *words = line.split()
        if not state.startswith("Z"):
            home = next((word[5:] for word in words if word.startswith("HOME=")), "")
            table[int(pid)] = Process(int(pid), int(parent), int(group), "", home, "")
    return table


def _born(pid: int) -> str:
    process = _from_proc(pid)
    return process.born if process else ""


def _alive(pid: int) -> bool:
    if Path("/proc/self/stat").exists():
        return _from_proc(pid) is not None
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):  # it ended meanwhile
        os.kill(pid, number)


def _recorded_segment(data_dir: Path) -> int | None:
    """Return the System V segment that a server wrote down in `postmaster.pid`, as "key id"."""
    try:
        words = (data_dir / "postmaster.pid").read_text().splitlines()[SHARED_MEMORY_LINE].split()
    except (OSError, IndexError):
        return None
    return int(words[1]) if len(words) == 2 else None


def _segments_of(creators: set[int]) -> set[int]:
    """Return the System V segments that these processes made, where the system lists them (Linux)."""
    try:
        header, *rows = Path("/proc/sysvipc/shm").read_text().splitlines()
    except OSError:
        return set()
    names = header.split()
    segments = (dict(zip(names, row.split(), strict=False)) for row in rows)
    return {int(each["shmid"]) for each in segments if int(each["cpid"]) in creators}


def _remove_segment(segment: int) -> None:
    """Remove the segment of a server that had to be killed; after an orderly stop it is gone already."""
    import ctypes

    ctypes.CDLL(None).shmctl(segment, IPC_RMID, None)


def _run_all(commands: list[dict[str, Any]]) -> bool:
    """Run commands side by side; return whether all of them succeeded."""
    if not commands:
        return True
    from concurrent.futures import ThreadPoolExecutor  # only servers that outlive a run need it

    with ThreadPoolExecutor() as pool:
        return all(list(pool.map(_run, commands)))


def _run(command: dict[str, Any]) -> bool:
    given = command["given"].encode()
    try:
        done = subprocess.run(command["command"], input=given, capture_output=True, timeout=COMMAND_LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _remove(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    if directory.exists():
        for place, below, _ in os.walk(directory):
            for inner in (Path(place, name) for name in below):
                if not inner.is_symlink():
                    inner.chmod(0o700)  # a service may have locked its own directories
        shutil.rmtree(directory, ignore_errors=True)


def main() -> None:
    """Read duties until the pipe closes, then do them."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    duties = Duties(Path(sys.argv[1]))
    for line in sys.stdin:
        duties.note(line.rstrip("\n"))
    sys.exit(0 if _sweep(duties) else 1)


if __name__ == "__main__":
    main()
