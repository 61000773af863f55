"""One PostgreSQL server of the lab's own: its process, its signals, its log."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import psutil

from onduty.lab.errors import LabError
from onduty.lab.machine import process
from onduty.lab.machine.disk import shortage
from onduty.lab.network.ports import HOST, free_port

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from onduty.lab.machine.account import Account
    from onduty.lab.machine.binaries import PostgresPrograms
    from onduty.lab.machine.guardian import Guardian

START_LIMIT = 30.0
STOP_LIMIT = 10.0
PORT_ATTEMPTS = 5
PORT_TAKEN = "could not create any TCP/IP sockets"
STATUS_LINE = 7  # of postmaster.pid


class Cluster:
    """A server on a data directory: TCP on 127.0.0.1, and a private unix socket for the lab."""

    def __init__(
        self, data_dir: Path, programs: PostgresPrograms, account: Account, guardian: Guardian, home: Path
    ) -> None:
        self.data_dir = data_dir
        self.host = HOST
        self.port = 0
        self.socket_dir = home
        self.log = home / "server.log"
        self._programs = programs
        self._account = account
        self._guardian = guardian
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._settings: Mapping[str, str] = {}

    async def start(self, **settings: str) -> None:
        """Start on a free port and wait until the server accepts connections."""
        self._settings = settings
        self._guardian.owns_cluster(self.data_dir)
        for _ in range(PORT_ATTEMPTS):
            self.port = free_port()
            if await self._start():
                return
            if PORT_TAKEN not in self.log.read_text(errors="replace"):
                break
        message = f"PostgreSQL did not start.\n{process.last_lines(self.log)}"
        raise shortage(self._home) or LabError(message)

    async def stop(self) -> None:
        """Stop at once: the data directory is not needed any more."""
        await self._stop(signal.SIGQUIT)

    async def shut_down(self) -> None:
        """Stop in order, so that the data directory is whole: clients are disconnected, a checkpoint is written."""
        await self._stop(signal.SIGINT)

    async def restart(self) -> None:
        """Stop in order and start again on the same port."""
        await self.shut_down()
        if not await self._start():
            message = f"PostgreSQL did not start again.\n{process.last_lines(self.log)}"
            raise LabError(message)

    async def freeze(self) -> None:
        """Stop every process of the server in its tracks; the kernel still accepts connections to it."""
        deadline = time.monotonic() + STOP_LIMIT
        while running := [p for p in self._family() if not _is_stopped(p)]:
            for each in running:
                _send(each, signal.SIGSTOP)
            if time.monotonic() > deadline:
                message = "The processes of PostgreSQL could not be stopped (SIGSTOP)."
                raise LabError(message)
            await asyncio.sleep(process.TURN)

    async def thaw(self) -> None:
        """Let every process go on."""
        for each in self._family():
            _send(each, signal.SIGCONT)

    async def logins(self, role: str) -> int:
        """Count the connections a role has made since the server was started first.

        The server writes the line before it lets the client go on, so the count is exact at any moment, whereas the
        statistics views learn of a session only when it has reported in.
        """
        return self.log.read_text(errors="replace").count(f"connection authorized: user={role} ")

    async def _start(self) -> bool:
        settings = {
            "port": str(self.port),
            "listen_addresses": self.host,
            "unix_socket_directories": str(self.socket_dir),
            **self._settings,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = process.start(
            [self._programs.postgres, "-D", self.data_dir, *options],
            home=self._home,
            log=self.log,
            account=self._account,
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
        while not self._ready():
            if server.poll() is not None or time.monotonic() > deadline:
                return False
            await asyncio.sleep(process.TURN)
        return True

    def _ready(self) -> bool:
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"

    async def _stop(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        await self.thaw()
        deadline = time.monotonic() + STOP_LIMIT
        self._process.send_signal(number)
        while self._process.poll() is None:
            if time.monotonic() > deadline:
                for each in self._family():
                    _send(each, signal.SIGKILL)
            await asyncio.sleep(process.TURN)
        self._guardian.released(self._process.pid)
        self._process = None

    def _family(self) -> list[psutil.Process]:
        if self._process is None or self._process.poll() is not None:
            return []
        try:
            postmaster = psutil.Process(self._process.pid)
            return [postmaster, *postmaster.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _is_stopped(each: psutil.Process) -> bool:
    try:
        return bool(each.status() in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE))
    except psutil.NoSuchProcess:
        return True


def _send(each: psutil.Process, number: signal.Signals) -> None:
    try:
        os.kill(each.pid, number)
    except ProcessLookupError:
        return
