"""Which processes of a service take connections: freeze some of them, and see who else does.

A process stopped with SIGSTOP accepts nothing, so whoever takes a connection meanwhile is another one. How the kernel
spreads connections over the workers plays no part in it.
"""

from __future__ import annotations

import asyncio
import time
from asyncio import Task
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psutil

from onduty.lab.clients.answer import Answer
from onduty.lab.clients.visitors import Connection
from onduty.lab.hosting.service import Service
from onduty.lab.unmet import Unmet

ATTEMPTS = 16
"""With SO_REUSEPORT a frozen process still gets its share of new connections; all of them once in 2^16 times."""
TURN = 1 / ATTEMPTS
"""After a second of turns at rest nobody is on the way up: a worker that starts uses the processor all the time."""
DOING_SOMETHING = 0.05
"""Seconds of the processor: more than a server uses in a second of waiting."""
ASKS_NOBODY = "/health/live"
START_LIMIT = 20.0
POLL = 0.01


class Workers:
    """The processes of one service, as far as they take connections."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @asynccontextmanager
    async def frozen(self, *pids: int) -> AsyncIterator[None]:
        """Stop processes in their tracks; afterwards they go on, none the worse."""
        disturbed = self._service.disturbed
        try:
            for pid in pids:
                self._service.signal("STOP", pid)
            # The signal may find a process in the middle of an accept().
            while any(_is_moving(pid) for pid in pids):  # noqa: ASYNC110 - the process table sends no events
                await asyncio.sleep(POLL)
            yield
        finally:
            for pid in pids:
                self._service.signal("CONT", pid)
            self._service.disturbed = disturbed

    async def anybody_answers(self) -> bool:
        """Tell whether somebody takes a request; not before nobody does and no process is on the way up to it.

        Several requests are under way at once, since any of them may be the share of a process that is frozen.
        """
        pending: set[Task[Answer]] = set()
        deadline = time.monotonic() + START_LIMIT
        used, turns_at_rest = self._processor_seconds(), 0
        try:
            while turns_at_rest < ATTEMPTS and time.monotonic() < deadline:
                if len(pending) < ATTEMPTS:
                    pending.add(self._service.later.get(ASKS_NOBODY, within=START_LIMIT))
                done, pending = await asyncio.wait(pending, timeout=TURN, return_when=asyncio.FIRST_COMPLETED)
                if any(attempt.result().status_code is not None for attempt in done):
                    return True
                if done:  # refused, which takes no time
                    await asyncio.sleep(TURN)
                turns_at_rest += 1
                if abs(self._processor_seconds() - used) > DOING_SOMETHING:
                    used, turns_at_rest = self._processor_seconds(), 0
            return False
        finally:
            for attempt in pending:
                attempt.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    async def connection(self) -> Connection | None:
        """Connect to whoever takes a connection; None when nobody answers."""
        within = 0.25
        while await self.anybody_answers():
            with suppress(Unmet):
                return await self._service.connection(within=within)
            within *= 2
        return None

    async def takes_connections(self, pid: int) -> bool:
        """Tell whether this process takes connections, by freezing whoever takes one in its place."""
        others: set[int] = set()
        while True:
            async with self.frozen(*others):
                connection = await self.connection()
            if connection is None or connection.pid == pid:
                return connection is not None
            others.add(connection.pid)

    async def kill(self, pid: int) -> None:
        """Send SIGKILL to a process, and wait until it is gone."""
        self._service.kill(pid)
        while any(process.pid == pid for process in self._service.processes()):  # noqa: ASYNC110 - likewise
            await asyncio.sleep(POLL)

    def _processor_seconds(self) -> float:
        used = 0.0
        for process in self._service.processes():
            with suppress(psutil.Error):
                times = psutil.Process(process.pid).cpu_times()
                used += times.user + times.system
        return used


def _is_moving(pid: int) -> bool:
    with suppress(psutil.Error):
        return psutil.Process(pid).status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)
    return False
