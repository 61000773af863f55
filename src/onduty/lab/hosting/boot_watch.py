"""Tells early when a service that is still running will not come up, from what its processes do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from onduty.lab.hosting.errors import DidNotStart, NeverBound, ServiceCrashed, last_exception, last_words
from onduty.lab.network.ports import HOST

if TYPE_CHECKING:
    import psutil

    from onduty.lab.hosting.deployment import Deployment

LOOK_EVERY = 0.1
# At rest is who uses less than this share of one processor for this long, with others competing for it or not.
REST_SHARE = 0.04
REST_SECONDS = 2.0
# Processes end one after the other, and the same last words come again: it will go on like this for ever.
CRASH_LOOP = 3
LOSSES_APART = 0.5


class BootWatch:
    """Looks at the processes of a service now and then while its port is closed."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._begun = self._rest_since = time.monotonic()
        self._next_look = 0.0
        self._rest_cpu = 0.0
        self._seen: set[psutil.Process] = set()
        self._losses = 0
        self._next_loss = 0.0

    def look(self) -> ServiceCrashed | None:
        """Return what there is to say about a service that has failed without ending, or None while there is hope."""
        now = time.monotonic()
        if now < self._next_look:
            return None
        self._next_look = now + LOOK_EVERY
        members = set(self._deployment.family.members())
        if self._seen - members and now >= self._next_loss:
            self._losses += 1
            self._next_loss = now + LOSSES_APART
        if members != self._seen:
            self._rest_since = now
        self._seen = members
        if self._losses >= CRASH_LOOP and self._repeats_itself():
            return self._workers_fail("ends as soon as it is started, again and again")
        if self._at_rest(now):
            if self._deployment.family.listening():
                return never_bound(self._deployment, now - self._begun)
            if self._losses and last_exception(self._deployment.output.lines):
                return self._workers_fail("has ended, and nothing listens")
        return None

    def _at_rest(self, now: float) -> bool:
        cpu = self._deployment.family.cpu_seconds()
        used = cpu - self._rest_cpu
        if used < 0 or used > REST_SHARE * max(now - self._rest_since, LOOK_EVERY):
            self._rest_since, self._rest_cpu = now, cpu
        return now - self._rest_since >= REST_SECONDS

    def _repeats_itself(self) -> bool:
        lines = self._deployment.output.lines
        last = last_exception(lines) or (lines[-1].text if lines else "")
        return sum(line.text == last for line in lines) >= CRASH_LOOP

    def _workers_fail(self, how: str) -> DidNotStart:
        self._deployment.output.drain()
        lines = self._deployment.output.lines
        message = f"`web` is running, but a process that it started {how}. {last_words(lines)}"
        return DidNotStart(message, lines)


def never_bound(deployment: Deployment, seconds: float) -> NeverBound:
    """Say what is missing on HOST:PORT, and what is found elsewhere."""
    deployment.output.drain()
    port = deployment.port
    addresses = deployment.family.listening()
    here = f"{HOST}:{port}"
    look = "look at what it does while it starts."
    if (HOST, port) in addresses or ("0.0.0.0", port) in addresses:  # noqa: S104 - what the learner's app did
        message = f"`web` listens on {here} and took no connection within {seconds:.0f} s; {look}"
    elif addresses:
        there = " and ".join(f"{address}:{number}" for address, number in addresses)
        message = f"`web` listens on {there}, not on $HOST:$PORT ({here}); pass both to the server in the Procfile."
    else:
        message = f"`web` ran for {seconds:.0f} s and did not listen on $HOST:$PORT ({here}); {look}"
    return NeverBound(message, deployment.output.lines)
