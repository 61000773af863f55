"""One Valkey server of the lab's own: its process and its configuration."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

from onduty.lab import process
from onduty.lab.account import ourselves
from onduty.lab.errors import LabError
from onduty.lab.ports import HOST, free_port
from onduty.lab.valkey import new_password

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from onduty.lab.binaries import ValkeyProgram
    from onduty.lab.guardian import Guardian

USER = "app"
START_LIMIT = 10.0
PORT_ATTEMPTS = 5
CONFIGURATION = """\
bind {host}
port {port}
dir "{home}"
save ""
appendonly no
daemonize no
user default on >{admin_password} ~* &* +@all
user {user} on >{password} ~* &* +@all -@admin
"""


class ValkeyServer:
    """A server on a free port; it keeps nothing on disk."""

    def __init__(self, program: ValkeyProgram, guardian: Guardian, home: Path) -> None:
        self.port = 0
        self._password = new_password()
        self._admin_password = new_password()
        self._program = program
        self._guardian = guardian
        self._home = home
        self._log = home / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What the service is given: everything is allowed but the administrator's commands."""
        return f"redis://{USER}:{self._password}@{HOST}:{self.port}/0"

    @property
    def admin_url(self) -> str:
        """What the lab uses."""
        return f"redis://:{self._admin_password}@{HOST}:{self.port}/0"

    async def start(self) -> None:
        """Start on a free port and wait until the server answers."""
        for _ in range(PORT_ATTEMPTS):
            self.port = free_port()
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
        configuration.write_text(
            CONFIGURATION.format(
                host=HOST,
                port=self.port,
                home=self._home,
                user=USER,
                password=self._password,
                admin_password=self._admin_password,
            )
        )
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
        while not await self._answers():
            if server.poll() is not None or time.monotonic() > deadline:
                return False
            await asyncio.sleep(process.TURN)
        return True

    async def _answers(self) -> bool:
        """Tell whether it is our server that listens: only ours knows the password."""
        try:
            reader, writer = await asyncio.open_connection(HOST, self.port)
        except OSError:
            return False
        try:
            writer.write(f"AUTH {self._admin_password}\r\n".encode())
            return await asyncio.wait_for(reader.readline(), START_LIMIT) == b"+OK\r\n"
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
