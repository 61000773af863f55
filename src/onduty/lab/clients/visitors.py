"""Who calls on a service: with a connection for each request, without waiting, or on a connection that is kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Unpack

from onduty.lab.clients import client
from onduty.lab.clients.answer import Answer
from onduty.lab.clients.steady_load import PER_SECOND, SteadyLoad
from onduty.lab.clients.verbs import WITHIN, Options, Verbs
from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from onduty.lab.hosting.deployment import Deployment
    from onduty.lab.recorder import Timeline

POLL = 0.01


class Caller(Verbs[Coroutine[Any, Any, Answer]]):
    """Sends requests and waits for their answers, on a new connection each, or on the one it was given."""

    def __init__(self, port: int, timeline: Timeline, wire: client.Wire | None = None) -> None:
        self._port = port
        self._timeline = timeline
        self._wire = wire

    async def request(self, method: str, path: str, **options: Unpack[Options]) -> Answer:
        """Send a request and return its answer; trouble on the network is the answer's outcome, never raised."""
        request = client.Request.make(method, path, options.get("headers"), options.get("json"), options.get("content"))
        span = self._timeline.span(f"{method} {path}", options.get("lane", "client"), "request")
        outcome = "given up"
        try:
            answer = await client.ask(request, self._port, options.get("within", WITHIN), self._wire)
            outcome = answer.outcome
        finally:
            span.end(outcome)
        return answer

    def steady_load(self, path: str, *, per_second: float = PER_SECOND) -> SteadyLoad:
        """Send GET requests at a steady rate for as long as an `async with` block lasts."""
        return SteadyLoad(self._port, path, self._timeline, per_second=per_second)


class Later(Verbs[asyncio.Task[Answer]]):
    """Sends requests without waiting: each verb returns a task that has begun; await it for the answer."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._tasks: set[asyncio.Task[Answer]] = set()

    def request(self, method: str, path: str, **options: Unpack[Options]) -> asyncio.Task[Answer]:
        """Send a request now and return the task that will have its answer."""
        task = asyncio.create_task(self._caller.request(method, path, **options), name=f"{method} {path}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def cancel(self) -> None:
        """Give up every request that has no answer yet."""
        for task in (tasks := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Connection(Caller):
    """A connection that stays open; `pid` is the process of the service that took it, whatever it is doing now."""

    def __init__(self, wire: client.Wire, pid: int, timeline: Timeline) -> None:
        super().__init__(0, timeline, wire)
        self._kept = wire
        self.pid = pid

    @classmethod
    async def open(cls, deployment: Deployment, within: float) -> Connection:
        """Connect, and wait until a process of the service has taken the connection."""
        expected = "a process of the service to take a new connection"
        wire: client.Wire | None = None
        with contextlib.suppress(TimeoutError):
            try:
                async with asyncio.timeout(within):
                    wire = await client.Wire.open(deployment.port)
                    while not (pid := deployment.family.acceptor(deployment.port, wire.local_port)):  # noqa: ASYNC110 - the process table sends no events
                        await asyncio.sleep(POLL)
            except client.NoAnswer as reason:
                raise Unmet(expected, str(reason)) from None
            except BaseException:
                if wire:
                    wire.close()
                raise
            return cls(wire, pid, deployment.timeline)
        raise Unmet(expected, f"none did within {within:g} s")

    def close(self) -> None:
        """Close the connection."""
        self._kept.close()
