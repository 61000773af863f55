"""The processes of one deployment, wherever they went: children, their children, and those that tried to get away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from onduty.lab.network.sockets import socket_ends

if TYPE_CHECKING:
    from pathlib import Path

GONE = (psutil.NoSuchProcess, psutil.ZombieProcess)
CLOCK_SLACK = 2.0


@dataclass(frozen=True, slots=True)
class Proc:
    """A process of the service as it was when it was looked at; `memory` is its resident size in bytes."""

    pid: int
    ppid: int
    command: str
    memory: int

    def __str__(self) -> str:
        words = [os.path.basename(word) or word for word in self.command.split(" ")]  # noqa: PTH119 - not all are paths
        return f"{' '.join(words)} (pid {self.pid})"


class Family:
    """Knows its members by descent, by process group or session, and by the HOME or working directory given to them."""

    def __init__(self, directory: Path) -> None:
        self._directory = os.path.realpath(directory) + os.sep
        self._since = time.time() - CLOCK_SLACK
        self._roots: set[int] = set()
        self._keepers: set[int] = set()
        self._met: set[psutil.Process] = set()

    def adopt(self, pid: int, keepers: frozenset[int] = frozenset()) -> None:
        """Add a process that leads a process group of its own, and those that keep it, which are not the service's."""
        self._roots |= {pid, *keepers}
        self._keepers |= keepers

    def members(self) -> list[psutil.Process]:
        """Return every member that is alive, the roots first."""
        return [process for process in self._everybody() if process.pid not in self._keepers]

    def _everybody(self) -> list[psutil.Process]:
        here = os.getpid()
        young = [process for process in psutil.process_iter() if process.pid != here and _born(process) >= self._since]
        found = {process.pid: process for process in young if process in self._met or self._is_ours(process)}
        grew = bool(found)
        while grew:
            children = [p for p in young if p.pid not in found and _parent(p) in found]
            found |= {process.pid: process for process in children}
            grew = bool(children)
        self._met |= set(found.values())
        alive = [process for process in found.values() if is_alive(process)]
        return sorted(alive, key=lambda process: (process.pid not in self._roots, process.pid))

    def snapshot(self) -> list[Proc]:
        """Describe every member that is alive."""
        described = []
        for process in self.members():
            with contextlib.suppress(*GONE, psutil.AccessDenied), process.oneshot():
                command = shlex.join(process.cmdline()) or process.name()
                described.append(Proc(process.pid, process.ppid(), command, process.memory_info().rss))
        return described

    def listening(self) -> list[tuple[str, int]]:
        """Return the TCP addresses on which members listen."""
        ends = socket_ends(process.pid for process in self.members())
        return sorted({(end.address, end.port) for end in ends if end.listens})

    def acceptor(self, port: int, client_port: int) -> int | None:
        """Return the pid of the member that holds our connection from `client_port` to `port`, if any does.

        A connection that waits in the queue of a listening socket is held by nobody yet.
        """
        ends = socket_ends(process.pid for process in reversed(self.members()))
        return next((end.pid for end in ends if (end.port, end.peer_port) == (port, client_port)), None)

    def cpu_seconds(self) -> float:
        """Return the processor time that the living members have used."""
        used = 0.0
        for process in self.members():
            with contextlib.suppress(*GONE, psutil.AccessDenied):
                times = process.cpu_times()
                used += times.user + times.system
        return used

    def send_signal(self, number: int, pid: int) -> None:
        """Send a signal to the member with that pid; one that has ended, and anybody else, gets none."""
        for process in self.members():
            if process.pid == pid:
                with contextlib.suppress(*GONE):
                    process.send_signal(number)

    async def exterminate(self, within: float = 5.0) -> None:
        """Send SIGKILL to every member until none is left."""
        deadline = time.monotonic() + within
        while members := self._everybody():
            for root in self._roots & {_group(process.pid) for process in members}:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(root, signal.SIGKILL)
            for process in members:
                with contextlib.suppress(*GONE, psutil.AccessDenied):
                    process.kill()
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(0.005)

    def _is_ours(self, process: psutil.Process) -> bool:
        if process.pid in self._roots or _group(process.pid) in self._roots or _session(process.pid) in self._roots:
            return True
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("HOME", "").startswith(self._directory):
                return True
        with contextlib.suppress(psutil.Error, OSError):
            return process.cwd().startswith(self._directory)
        return False


def _born(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        return process.create_time()
    return 0.0


def _parent(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return process.ppid()
    return 0


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process runs; one that has ended and not been buried does not."""
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def is_running(pid: int) -> bool:
    """Tell whether the process with that pid runs."""
    with contextlib.suppress(psutil.Error):
        return is_alive(psutil.Process(pid))
    return False


def _group(pid: int) -> int:
    with contextlib.suppress(OSError):
        return os.getpgid(pid)
    return 0


def _session(pid: int) -> int:
    with contextlib.suppress(OSError):
        return os.getsid(pid)
    return 0
