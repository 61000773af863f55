"""What a platform such as Kubernetes would do with a service: it asks for its health, and acts on the answers."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from onduty.lab.clients.visitors import Caller
from onduty.lab.recorder import Timeline
from onduty.lab.unmet import Unmet
from onduty.lab.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from onduty.lab.clients.answer import Answer
    from onduty.lab.hosting.service import Service
    from onduty.lab.recorder import Event, Span

LANE = "platform"
LIVE, READY = "/health/live", "/health/ready"
PERIOD = 0.1
LIVE_PATIENCE = 1.0
READY_PATIENCE = 6.0
"""Three times what the contract allows readiness."""
RESTART_AFTER = 2
"""Failures of liveness in a row. Of readiness the first one counts: to take a service out costs little."""


class Probe:
    """Asks one endpoint over and over; on the timeline, answers that are alike are one bar."""

    def __init__(self, path: str, patience: float, caller: Caller, timeline: Timeline) -> None:
        self.heard = 0
        """How many questions have come to an end."""
        self.failing = 0
        """How many of them failed in a row, the latest included."""
        self.sent = 0.0
        """When the latest question went out, on the monotonic clock."""
        self.patience = patience
        self._path = path
        self._caller = caller
        self._timeline = timeline
        self._bar: Event | None = None
        self._latest: Answer | None = None

    @property
    def latest(self) -> Answer:
        """The latest answer, or what is known of its absence."""
        if self._latest is None:
            raise Unmet(f"an answer from {self._path}", "none yet")
        return self._latest

    async def run(self, act: Callable[[], None]) -> None:
        """Ask until cancelled; `act` is called after each answer, and after each that did not come in time."""
        while True:
            self.sent, began = time.monotonic(), self._timeline.now()
            try:
                answer = await self._caller.get(self._path, within=self.patience)
            except asyncio.CancelledError:
                if time.monotonic() - self.sent > PERIOD:
                    self._draw(began, "no answer yet")
                raise
            self._draw(began, answer.outcome)
            self._latest = answer
            self.heard += 1
            self.failing = 0 if answer.status_code is not None and 200 <= answer.status_code < 400 else self.failing + 1
            act()
            await asyncio.sleep(PERIOD)

    def _draw(self, began: float, outcome: str) -> None:
        if self._bar is None or self._bar.outcome != outcome:
            self._bar = self._timeline.mark(f"probes of {self._path}", lane=LANE, kind="request", outcome=outcome)
            self._bar.at = began
        self._bar.until = self._timeline.now()


class Watch:
    """The orchestrator's eye on one service: what it has seen, and what it would have done by now."""

    def __init__(self, service: Service, timeline: Timeline) -> None:
        # The single questions go on a timeline that nobody draws.
        caller = Caller(service.port, Timeline())
        self.readiness = Probe(READY, READY_PATIENCE, caller, timeline)
        self.liveness = Probe(LIVE, LIVE_PATIENCE, caller, timeline)
        self.restarts = 0
        """How often it would have restarted the service."""
        self._out: Span | None = None
        self._was_out = False
        self._timeline = timeline
        self._began = timeline.now()

    @property
    def is_out(self) -> bool:
        """Whether it sends the service no traffic now."""
        return self._out is not None

    async def until_judged(self) -> None:
        """Wait until liveness was asked often enough, from now on, for a restart if every answer is bad."""
        enough = self.liveness.heard + RESTART_AFTER
        await until(lambda: self.liveness.heard >= enough, within=RESTART_AFTER * (LIVE_PATIENCE + PERIOD) + 1)

    async def until_out(self, within: float) -> bool:
        """Wait until the service is taken out, or until a question sent after so many seconds proves that it is not."""
        deadline = time.monotonic() + within
        await until(lambda: self.is_out or self.readiness.sent > deadline, within=within + READY_PATIENCE + 1)
        return self.is_out

    async def until_back(self, within: float) -> bool:
        """Wait until the service gets traffic (again)."""
        return await until(lambda: not self.is_out and self.readiness.heard > 0, within=within)

    async def run(self) -> None:
        """Ask both endpoints until cancelled, then say of each what never had to be done."""
        try:
            async with asyncio.TaskGroup() as probes:
                probes.create_task(self.readiness.run(self._route))
                probes.create_task(self.liveness.run(self._restart))
        finally:
            if self._out is not None:
                self._out.end("still out")
            if self.readiness.heard and not self._was_out:
                self._draw_whole("platform: send traffic")
            if self.liveness.heard and not self.restarts and not self.liveness.failing:
                self._draw_whole("platform: leave alone")

    def _restart(self) -> None:
        if self.liveness.failing == RESTART_AFTER:
            self.restarts += 1
            reason = f"{RESTART_AFTER} liveness probes in a row failed"
            self._timeline.mark("platform: restart", lane=LANE, kind="log", outcome=reason)

    def _route(self) -> None:
        if self.readiness.failing and self._out is None:
            self._out = self._timeline.span("platform: take out", LANE, "log")
            self._was_out = True
        elif self._out is not None and not self.readiness.failing:
            self._out.end("put back")
            self._out = None

    def _draw_whole(self, label: str) -> None:
        event = self._timeline.mark(label, lane=LANE, kind="log")
        event.at, event.until = self._began, event.at


class Orchestrator:
    """Probes a service as its platform would, and draws on the timeline what would follow; it never touches it."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    @asynccontextmanager
    async def watching(self, service: Service) -> AsyncIterator[Watch]:
        """Ask liveness and readiness side by side, every tenth of a second, for as long as the block lasts."""
        watch = Watch(service, self._timeline)
        probing = asyncio.create_task(watch.run())
        try:
            yield watch
        finally:
            probing.cancel()
            await asyncio.gather(probing, return_exceptions=True)
