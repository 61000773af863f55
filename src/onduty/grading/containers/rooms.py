"""Starts the processes of the service through the porter of the room; runs in the judge's process."""

import asyncio
import errno
import json
import os
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from onduty.grading.boundary import SERVICES
from onduty.grading.containers.porter import DOOR, PATIENCE
from onduty.grading.room import is_there
from onduty.lab.errors import LabError
from onduty.lab.hosting.launcher import Process
from onduty.lab.hosting.output import KEPT_BYTES

ROOT: Final = 0
KILLED: Final = -9
CREDENTIALS: Final = struct.Struct("3i")
ENOUGH: Final = 5.0
"""Seconds within which processes that were killed have made room for another one."""
TURN: Final = 0.05


class Resident:
    """A process of the service in its room; `pid` is its number on both sides."""

    def __init__(self, pid: int, told: asyncio.StreamReader, channel: asyncio.StreamWriter) -> None:
        self.pid = pid
        self._end = asyncio.ensure_future(_status(told, channel))

    @property
    def returncode(self) -> int | None:
        """How it ended."""
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        """Wait until it has ended."""
        return await asyncio.shield(self._end)


class ContainedRooms:
    """The launcher that has every process started in the room's container, those of one service as one user."""

    place: Path | None = Path(SERVICES)

    def __init__(self, guests: Sequence[int], output_bytes: int = KEPT_BYTES) -> None:
        """Give each service the next of these users."""
        self.output_bytes = output_bytes
        self._guests = iter(guests)
        self._porter: socket.socket | None = None
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._door.bind(DOOR)
        self._door.listen(1)
        self._door.settimeout(PATIENCE)

    async def launch(
        self, words: Sequence[str], *, directory: Path, environment: Mapping[str, str], stdout: int, stderr: int
    ) -> tuple[Process, frozenset[int]]:
        """Start a command as the user to whom the directory, and what is beside it, belong from then on."""
        if not is_there(words[0], directory, environment):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        porter = await asyncio.to_thread(self._let_in)
        wanted = {
            "words": list(words), "directory": str(directory), "environment": dict(environment),
            "user": self._owner(directory.parent),
        }  # fmt: skip
        deadline = time.monotonic() + ENOUGH
        while True:
            told, channel = await _asked(porter, wanted, stdout, stderr)
            if numbers := await told.readline():
                pid, minder = map(int, numbers.split())
                return Resident(pid, told, channel), frozenset({minder})
            channel.close()
            if time.monotonic() > deadline:
                raise BlockingIOError(errno.EAGAIN, "the service has as many processes as it may have")
            await asyncio.sleep(TURN)

    def _owner(self, place: Path) -> int:
        """Whose a service's place is; a new one is given to the next user.

        From the leaves up, so that nobody but us can change what we have yet to look at.
        """
        if place.stat().st_uid == os.getuid():
            guest = next(self._guests)
            for directory, _, files in os.walk(place, topdown=False):
                for name in files:
                    os.chown(Path(directory, name), guest, guest, follow_symlinks=False)
                os.chown(directory, guest, guest)
        return place.stat().st_uid

    def _let_in(self) -> socket.socket:
        """The porter, who knocks before anything of the submission runs; nobody is let in after that."""
        if self._porter is None:
            try:
                self._porter, _ = self._door.accept()
            except TimeoutError:
                raise LabError("The room's porter did not come.") from None
            self._door.close()
            found = self._porter.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
            if CREDENTIALS.unpack(found)[1] != ROOT:
                raise LabError("Somebody else knocked before the room's porter.")
        return self._porter


async def _asked(
    porter: socket.socket, wanted: Mapping[str, object], stdout: int, stderr: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Where the porter says how it goes."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            socket.send_fds(porter, [json.dumps(wanted).encode()], [theirs.fileno(), stdout, stderr])
        except BrokenPipeError:
            raise LabError("The room's porter is gone.") from None
    return await asyncio.open_connection(sock=ours)


async def _status(told: asyncio.StreamReader, channel: asyncio.StreamWriter) -> int:
    said = await told.readline()
    channel.close()
    return int(said) if said else KILLED
