"""One Valkey server of the lab's own: its process and its configuration."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

from onduty.lab.cache.access import Access
from onduty.lab.errors import LabError
from onduty.lab.machine import process
from onduty.lab.machine.account import ourselves
from onduty.lab.network.ports import HOST, free_port

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from onduty.lab.machine.binaries import ValkeyProgram
    from onduty.lab.machine.guardian import Guardian

START_LIMIT = 10.0
PORT_ATTEMPTS = 5


class ValkeyServer:
    """A server on a free port; it keeps nothing on disk."""

    def __init__(self, program: ValkeyProgram, guardian: Guardian, home: Path) -> None:
        self.access = Access(port=0)
        self._program = program
        self._guardian = guardian
        self._home = home
        self._log = home / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start on a free port and wait until the server answers."""
        for _ in range(PORT_ATTEMPTS):
            self.access.port = free_port()
            if await self._start():
                return
        message = f"Valkey did not start.\n{process.last_lines(self._log)}"
        raise LabError(message)

    async def start_again(self) -> None:
        """Start on the same port, empty."""
        if self._process is None and not await self._start():
            message = f"Valkey did not start again.\n{process.last_lines(self._log)}"
            raise LabError(message)

    async def stop(self) -> None:
        """End the server at once; it has nothing to save."""
        if self._process is None:
            return
        self._process.kill()
        await process.ended(self._process)
        self._guardian.released(self._process.pid)
        self._process = None

    async def freeze(self) -> None:
        """Stop the server in its tracks; the kernel still accepts connections to it."""
        self._send(signal.SIGSTOP)

    async def thaw(self) -> None:
        """Let the server go on."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    async def _start(self) -> bool:
        configuration = self._home / "valkey.conf"
        configuration.touch(mode=0o600)
        place = [["bind", HOST], ["port", str(self.access.port)], ["dir", f'"{self._home}"']]
        lines = [" ".join(word or '""' for word in words) for words in [*place, *self.access.settings]]
        configuration.write_text("\n".join(lines))
        self._process = process.start(
            [self._program.server, configuration], home=self._home, log=self._log, account=ourselves()
        )
        self._guardian.owns(self._process.pid)
        try:
            started = await self._until_ready(self._process)
        except BaseException:
            await self.stop()
            raise
        if not started:
            await self.stop()
        return started

    async def _until_ready(self, server: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + START_LIMIT
        while not await self.access.answers():
            if server.poll() is not None or time.monotonic() > deadline:
                return False
            await asyncio.sleep(process.TURN)
        return True
