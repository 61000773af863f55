"""A start that may not succeed, and what came of it: for checks about environments in which no start should."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from onduty.lab.hosting.errors import ReleaseFailed
from onduty.lab.network.ports import accepts
from onduty.lab.network.sockets import socket_ends

if TYPE_CHECKING:
    from pathlib import Path

    from onduty.lab.clients.answer import Answer
    from onduty.lab.hosting.platform import Platform
    from onduty.lab.hosting.service import Service

PATIENCE = 20.0
POLL = 0.01
COUNT_AGAIN = 0.5
# Processes that were seen: with fewer workers than half of it, so many mean that they fail and are replaced for ever.
OVER_AND_OVER = 8
ALIVE = "/health/live"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a start went. With neither an exit status nor an answer it went on and on."""

    exit_status: int | None
    """As a shell shows it, of `release` if that failed, else of `web`; None while it runs."""
    port_opened: bool
    answer: Answer | None
    """What it said to `GET /health/live`, if it said anything."""
    printed: list[str]

    @property
    def outcome(self) -> str:
        if self.answer is not None:
            return f"it started: {self.answer}"
        return "it neither started nor ended" if self.exit_status is None else f"exit status {self.exit_status}"


async def attempt(platform: Platform, *, app: Path | None = None, **environment: str | None) -> Attempt:
    """Deploy, watch until the process has ended, or answers, or has done neither for too long, and take it away."""
    try:
        changes: dict[str, Any] = dict(environment)  # mypy takes any of the values for any of the options
        service = await platform.start(wait=False, app=app, **changes)
    except ReleaseFailed as failure:
        return Attempt(failure.exit_code, port_opened=False, answer=None, printed=failure.output)
    try:
        opened, answer = await _watch(service)
        status = None if service.alive else (await service.exited()).code
        return Attempt(status, opened, answer, [line.text for line in service.output.lines])
    finally:
        await service.close()


async def _watch(service: Service) -> tuple[bool, Answer | None]:
    question: asyncio.Task[Answer] | None = None
    seen: set[int] = set()
    count_at, give_up = monotonic() + COUNT_AGAIN, monotonic() + PATIENCE
    while service.alive and monotonic() < give_up and len(seen) < OVER_AND_OVER:
        if question is None and accepts(service.port) and _listens(service):
            question = service.later.get(ALIVE, within=PATIENCE)
        if question and question.done() and question.result().status_code is not None:
            return True, question.result()
        if monotonic() > count_at:
            seen |= {process.pid for process in service.processes()}
            count_at = monotonic() + COUNT_AGAIN
        await asyncio.sleep(POLL)
    return question is not None, None


def _listens(service: Service) -> bool:
    """Tell whether the service has the port: while it has not bound it, a stranger may have been given it."""
    ends = socket_ends(process.pid for process in service.processes())
    return any(end.listens and end.port == service.port for end in ends)
