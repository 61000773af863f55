"""One deployment of an app: its processes from their start to the end of the last of them."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from onduty.lab.hosting.errors import PortHeld, ProcfileError, how_it_ended
from onduty.lab.hosting.family import Family, Proc
from onduty.lab.hosting.launcher import Plain
from onduty.lab.hosting.output import Output
from onduty.lab.network import ports
from onduty.lab.until import until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from onduty.lab.hosting.launcher import Launcher, Process
    from onduty.lab.hosting.procfile import Procfile
    from onduty.lab.recorder import Timeline

DEFAULT_GRACE = 10.0
LOOK_AGAIN = 0.05
LETS_GO_WITHIN = 5.0
ENDED_BY_SIGTERM = 128 + signal.SIGTERM
ENDING_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL, signal.SIGABRT}


class Guardian(Protocol):
    """Whoever cleans up when the checker itself is killed."""

    def owns(self, pgid: int) -> None:
        """Take note of a process group that must not outlive the checker."""

    def released(self, pgid: int) -> None:
        """Forget a process group: it has ended."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a service ended: its main process's status as a shell shows it, the time it took, who had to be killed."""

    code: int | None
    seconds: float
    killed: bool
    left: list[Proc] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Tell whether it ended as the platform expects: status 0 or 143 (ended by SIGTERM), and nobody left."""
        return self.code in (0, ENDED_BY_SIGTERM) and not self.killed

    def __str__(self) -> str:
        if not self.killed:
            return f"ended with exit status {self.code} after {self.seconds:.2f} s"
        left = ", ".join(map(str, self.left))
        return f"was still there {self.seconds:.2f} s after SIGTERM, so the platform sent SIGKILL: {left}"


def as_shell_shows(code: int | None) -> int | None:
    """Turn the status of a process ended by a signal (-15) into the one a shell shows (143)."""
    return 128 - code if code is not None and code < 0 else code


class Deployment:
    """The processes started from one copy of an app, with one environment; `port` is where clients look for it."""

    def __init__(
        self,
        directory: Path,
        procfile: Procfile,
        environment: Mapping[str, str],
        *,
        port: int,
        timeline: Timeline,
        guardian: Guardian | None,
        launcher: Launcher | None = None,
    ) -> None:
        self.directory = directory
        self.procfile = procfile
        self.environment = dict(environment)
        self.port = port
        self.timeline = timeline
        self.family = Family(directory.parent)
        self.running: dict[str, Process] = {}
        self.asked_to_end: set[int] = set()
        self._guardian = guardian
        self._launcher = launcher or Plain()
        self.output = Output(self._launcher.output_bytes)

    async def launch(self, name: str) -> Process:
        """Start the process of that name from the Procfile, in a session of its own."""
        words = self.procfile.words(name, self.environment)
        stdout, stderr = self.output.pipe(name, "stdout"), self.output.pipe(name, "stderr")
        try:
            process, keepers = await self._launcher.launch(
                words, directory=self.directory, environment=self.environment, stdout=stdout, stderr=stderr
            )
        except OSError as error:
            message = f"Procfile, `{name}`: `{words[0]}` cannot be run ({error.strerror}); is the program's name right?"
            raise ProcfileError(message) from None
        finally:
            os.close(stdout)
            os.close(stderr)
        for pid in (process.pid, *keepers):
            if self._guardian:
                self._guardian.owns(pid)
        self.family.adopt(process.pid, keepers)
        self.running[name] = process
        self.timeline.mark(f"{name} started (pid {process.pid})", lane="process")
        return process

    def signal(self, number: int, pid: int, who: str) -> None:
        """Send a signal to one process, and note it on the timeline."""
        label = f"{signal.Signals(number).name} sent to {who} (pid {pid})"
        self.timeline.mark(label, lane="process", kind="signal")
        if number in ENDING_SIGNALS:
            self.asked_to_end.add(pid)
        self.family.send_signal(number, pid)

    async def stop(self, grace: float | None = None) -> Exit:
        """End every process as a platform does: SIGTERM to the main ones, later SIGKILL to whatever is left."""
        grace = self._grace if grace is None else grace
        started = time.monotonic()
        for name, process in self.running.items():
            if process.returncode is None:
                self.signal(signal.SIGTERM, process.pid, name)
        left = await self._wait(started + grace)
        seconds = time.monotonic() - started
        if left:
            self.timeline.mark("SIGKILL sent to whatever was left", lane="process", kind="signal")
        code = await self.kill()
        # A process with threads counts as ended a moment before the last of them lets go of its sockets.
        if not await until(lambda: not ports.accepts(self.port), within=LETS_GO_WITHIN):
            message = f"Every process of the service has ended, and somebody still listens on its port {self.port}."
            raise PortHeld(message, self.output.lines)
        return Exit(code, seconds, bool(left), left)

    async def kill(self) -> int | None:
        """End every process at once, and return the exit status of the main one."""
        await self.family.exterminate()
        codes = {}
        for name, process in list(self.running.items()):
            codes[name] = await process.wait()
            self.timeline.mark(f"{name} {how_it_ended(codes[name])}", lane="process")
            self.forget(name)
        self.output.drain()
        code = codes.get("web", next(iter(codes.values()), None))
        return as_shell_shows(code)

    def forget(self, name: str) -> None:
        """Take note that a process has ended."""
        process = self.running.pop(name, None)
        if process and self._guardian:
            self._guardian.released(process.pid)

    async def close(self) -> None:
        """End every process at once, and stop listening to their output."""
        await self.kill()
        self.output.close()

    @property
    def _grace(self) -> float:
        try:
            return float(self.environment["GRACE_SECONDS"])
        except (KeyError, ValueError):
            return DEFAULT_GRACE

    async def _wait(self, deadline: float) -> list[Proc]:
        roots = [asyncio.ensure_future(process.wait()) for process in self.running.values()]
        if roots:
            await asyncio.wait(roots, timeout=deadline - time.monotonic())
        for root in roots:
            root.cancel()
        while (left := self.family.snapshot()) and time.monotonic() < deadline:  # noqa: ASYNC110 - the process table sends no events
            await asyncio.sleep(LOOK_AGAIN)
        return left
