"""From the first process to the first connection that the service takes, or to the reason why there is none."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import TYPE_CHECKING

from onduty.lab.hosting.boot_watch import BootWatch, never_bound
from onduty.lab.hosting.errors import (
    Daemonised,
    DidNotStart,
    ExitedEarly,
    ReleaseFailed,
    how_it_ended,
    last_words,
)
from onduty.lab.network.ports import HOST

if TYPE_CHECKING:
    from onduty.lab.hosting.deployment import Deployment

BOOT_LIMIT = 20.0
RELEASE_LIMIT = 60.0
POLL = 0.01
ASK_AGAIN = 0.04
HELPERS_MAY_LINGER = 0.3


async def run_release(deployment: Deployment) -> None:
    """Run the `release` process to its end; anything but exit status 0 stops the deploy."""
    process = await deployment.launch("release")
    try:
        async with asyncio.timeout(RELEASE_LIMIT):
            code = await process.wait()
    except TimeoutError:
        message = f"`release` was still running after {RELEASE_LIMIT:g} s; it must do its work and end."
        raise ReleaseFailed(message, deployment.output.lines) from None
    deployment.forget("release")
    if code:
        deployment.output.drain()
        lines = deployment.output.lines
        message = f"`release` {how_it_ended(code)}, so nothing was deployed. {last_words(lines)}"
        raise ReleaseFailed(message, lines, exit_code=code)


async def until_ready(deployment: Deployment) -> None:
    """Wait until a process of the service takes a connection on HOST:PORT."""
    deadline = time.monotonic() + BOOT_LIMIT
    watch = BootWatch(deployment)
    with contextlib.ExitStack() as probes:
        probe: socket.socket | None = None
        while True:
            await raise_if_ended(deployment)
            probe = probe or _connect(deployment.port)
            if probe:
                probes.enter_context(probe)
                if deployment.family.acceptor(deployment.port, probe.getsockname()[1]):
                    return
                if _was_closed(probe):
                    if deployment.port in (port for _, port in deployment.family.listening()):
                        return
                    probe = None
            elif failure := watch.look():
                raise failure
            if time.monotonic() > deadline:
                raise never_bound(deployment, BOOT_LIMIT)
            # Who took the connection is a question to every process: asked less often, it leaves them the processor.
            await asyncio.sleep(ASK_AGAIN if probe else POLL)


async def raise_if_ended(deployment: Deployment) -> None:
    """Raise what there is to say about the first process that is no longer running."""
    for name, process in deployment.running.items():
        code = process.returncode
        if code is None:
            continue
        deployment.output.drain()
        lines = deployment.output.lines
        if code:
            message = f"`{name}` {how_it_ended(code)} before the service was up. {last_words(lines)}"
            raise DidNotStart(message, lines, exit_code=code)
        if children := await _left_behind(deployment):
            message = (
                f"`{name}` returned and left {children} running in the background;"
                " the command must stay in the foreground, or the platform cannot stop it."
            )
            raise Daemonised(message, lines, exit_code=code)
        message = f"`{name}` ended with exit status 0 before the service was up; it must run until it is stopped."
        raise ExitedEarly(message, lines, exit_code=code)


async def _left_behind(deployment: Deployment) -> str:
    others = {process.pid for process in deployment.running.values() if process.returncode is None}
    await asyncio.sleep(HELPERS_MAY_LINGER)
    left = [proc for proc in deployment.family.snapshot() if proc.pid not in others and proc.ppid not in others]
    return ", ".join(map(str, left))


def _connect(port: int) -> socket.socket | None:
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    probe.settimeout(0.2)
    if probe.connect_ex((HOST, port)):
        probe.close()
        return None
    probe.setblocking(False)
    return probe


def _was_closed(probe: socket.socket) -> bool:
    try:
        return not probe.recv(1)
    except BlockingIOError:
        return False
    except OSError:
        return True
