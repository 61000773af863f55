"""The service under check, as the platform and its clients see it."""

from __future__ import annotations

import asyncio
import contextlib
import signal as signals
import time
from typing import TYPE_CHECKING, Unpack

from onduty.lab.clients.visitors import Caller, Connection, Later
from onduty.lab.hosting import boot
from onduty.lab.hosting.deployment import Exit, as_shell_shows
from onduty.lab.hosting.errors import Died, how_it_ended, last_words
from onduty.lab.hosting.family import is_running
from onduty.lab.network.ports import HOST
from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onduty.lab.clients.answer import Answer
    from onduty.lab.clients.verbs import Options
    from onduty.lab.hosting.deployment import Deployment
    from onduty.lab.hosting.family import Proc
    from onduty.lab.hosting.launcher import Process
    from onduty.lab.hosting.output import Output
    from onduty.lab.recorder import Timeline


MOMENT = 0.05


class Service(Caller):
    """A running copy of an app: `get`, `post` … ask it at once, `later.get` … ask without waiting for the answer.

    `disturbed` tells that a check has sent it a signal, or stopped it: it is not what it was when it started.
    """

    def __init__(self, deployment: Deployment, processes: Sequence[str]) -> None:
        super().__init__(deployment.port, deployment.timeline)
        self._deployment = deployment
        self._processes = processes
        self._connections: list[Connection] = []
        self._root: Process | None = None
        self.disturbed = False
        """Whether somebody signalled, killed or stopped it: the next check wants a fresh one."""
        self.host = HOST
        self.port = deployment.port
        self.url = f"http://{HOST}:{deployment.port}"
        self.later = Later(self)

    @property
    def directory(self) -> Path:
        """The copy of the app that runs; a check may change files in it."""
        return self._deployment.directory

    @property
    def environment(self) -> dict[str, str]:
        """What the platform gave the service as its environment."""
        return dict(self._deployment.environment)

    @property
    def output(self) -> Output:
        """What the service has printed."""
        return self._deployment.output

    @property
    def pid(self) -> int:
        """The pid of the main process, which stays the same after it has ended."""
        return self._main.pid

    @property
    def alive(self) -> bool:
        """Whether the main process is running."""
        return self._root is not None and self._root.returncode is None and is_running(self._root.pid)

    async def request(self, method: str, path: str, **options: Unpack[Options]) -> Answer:
        """Send a request and return its answer; trouble on the network is the answer's outcome, never raised."""
        answer = await super().request(method, path, **options)
        if answer.status_code is None and not self.disturbed and self._main.returncode is None:
            # A process that is ending closes its connections a moment before it is gone: let `died` tell the truth.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._main.wait(), MOMENT)
        return answer

    @property
    def died(self) -> Died | None:
        """What there is to say when a process ended that nobody had asked to end; None while all is well."""
        for name, process in self._deployment.running.items():
            code = process.returncode
            if code is not None and process.pid not in self._deployment.asked_to_end:
                self.output.drain()
                lines = self.output.lines
                message = f"`{name}` {how_it_ended(code)} while the service was up. {last_words(lines)}"
                return Died(message, lines, exit_code=code)
        return None

    def processes(self) -> list[Proc]:
        """Return every living process of the service, the main ones first, with those that tried to get away."""
        return self._deployment.family.snapshot()

    async def connection(self, within: float = 5.0) -> Connection:
        """Open a connection that stays open, and learn which process took it (`.pid`)."""
        opened = await Connection.open(self._deployment, within)
        self._connections.append(opened)
        return opened

    def signal(self, which: str | int, pid: int | None = None) -> None:
        """Send a signal ("TERM", "HUP", a number) to the main process, or to one of the others."""
        self.disturbed = True
        number = signals.Signals[f"SIG{which.removeprefix('SIG')}"] if isinstance(which, str) else which
        main = pid in (None, self.pid)
        self._deployment.signal(number, self.pid if pid is None else pid, "the main process" if main else "a process")

    def kill(self, pid: int | None = None) -> None:
        """Send SIGKILL to the main process, or to one of the others."""
        self.signal("KILL", pid)

    async def exited(self, within: float = 10.0) -> Exit:
        """Wait until the main process has ended; `left` are those that go on. Raises Unmet if it does not end."""
        started = time.monotonic()
        try:
            code = await asyncio.wait_for(self._main.wait(), within)
        except TimeoutError:
            expected = "the main process to end"
            raise Unmet(expected, f"it was still running after {within:g} s") from None
        self.output.drain()
        return Exit(as_shell_shows(code), time.monotonic() - started, killed=False, left=self.processes())

    async def stop(self, grace: float | None = None) -> Exit:
        """Stop the service as the platform does: SIGTERM, after the grace (GRACE_SECONDS, else 10) SIGKILL."""
        self.disturbed = True
        return await self._deployment.stop(grace)

    def appear_on(self, timeline: Timeline) -> None:
        """From now on draw what happens to it on this timeline; it has been started already."""
        self._timeline = self._deployment.timeline = timeline
        for name, process in self._deployment.running.items():
            timeline.mark(f"{name} is up (pid {process.pid})", lane="process")

    async def restart(self, grace: float | None = None) -> Exit:
        """Stop the service and start it again in the same place, on the same port; return how it stopped."""
        ended = await self.stop(grace)
        await self.boot()
        return ended

    async def boot(self, *, wait: bool = True) -> None:
        """Start the processes; with `wait`, return when the service takes connections."""
        deployment = self._deployment
        if "release" in self._processes:
            await boot.run_release(deployment)
        for name in self._processes:
            if name != "release":
                await deployment.launch(name)
        self._root = deployment.running.get("web") or next(iter(deployment.running.values()), None)
        if wait and "web" in self._processes:
            await boot.until_ready(deployment)

    async def drop_requests(self) -> None:
        """Give up every request that has no answer yet and close every connection: a check is over."""
        await self.later.cancel()
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    async def close(self) -> None:
        """End everything at once; no grace, for nobody is watching any more."""
        await self.drop_requests()
        await self._deployment.close()

    @property
    def _main(self) -> Process:
        if self._root is None:
            message = "The service has no running process: it was started with `release` only."
            raise RuntimeError(message)
        return self._root
