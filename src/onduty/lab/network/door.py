"""A port of the lab's own, which can be open, refuse connections, or let them wait for ever."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from typing import TYPE_CHECKING

from onduty.lab.network.ports import HOST, bound, free_port

if TYPE_CHECKING:
    from collections.abc import Callable

BACKLOG = 512
# On Linux two connections fill the queue of `listen(0)`. Elsewhere it may be longer than was asked for.
FILLERS = 8 if sys.platform == "linux" else BACKLOG


class Door:
    """Hands every connection to `on_visit` while it is open. It keeps its port number throughout."""

    def __init__(self, on_visit: Callable[[socket.socket], None]) -> None:
        self.port = free_port()
        self._on_visit = on_visit
        self._loop = asyncio.get_running_loop()
        self._socket = bound(self.port)
        self._fillers: list[socket.socket] = []
        self.open()

    def open(self) -> None:
        """Accept connections."""
        self._renew().listen(BACKLOG)
        self._loop.add_reader(self._socket, self._accept)

    def refuse(self) -> None:
        """Refuse every connection: the port stays bound, and nobody listens on it."""
        self._renew()

    def stall(self) -> None:
        """Let every attempt to connect wait for ever: the queue of a socket that never accepts is filled.

        The kernel then drops further SYNs, and clients send them again and again (Linux: for two minutes).
        """
        self._renew().listen(0)
        for _ in range(FILLERS):
            filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            filler.setblocking(False)
            filler.connect_ex((HOST, self.port))
            self._fillers.append(filler)

    def close(self) -> None:
        """Give the port up."""
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()

    def _renew(self) -> socket.socket:
        self.close()
        self._socket = bound(self.port)
        return self._socket

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                visitor, _ = self._socket.accept()
                visitor.setblocking(False)
                visitor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._on_visit(visitor)


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Break a connection off, so that the other side sees a reset and not an end."""
    if not isinstance(transport, asyncio.Transport) or transport.is_closing():
        return
    connected: socket.socket = transport.get_extra_info("socket")
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
