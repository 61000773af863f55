"""Starts the processes of the service in rooms; runs in the judge's process."""

import asyncio
import contextlib
import errno
import json
import os
import resource
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from onduty.grading.boundary import MEGABYTE, SERVICES, Boundary, rlimits
from onduty.grading.filter import program
from onduty.lab.errors import LabError
from onduty.lab.hosting.launcher import Process

SHELL_SIGNALS: Final = 128
FIRST_TO_GO: Final = b"1000"
"""Where memory runs out, the kernel ends whoever has this first."""
TURN: Final = 0.002
TURNS: Final = 500


class Inmate:
    """A process of the service in its room; `pid` is its number as the judge sees it."""

    def __init__(self, pid: int, keeper: asyncio.subprocess.Process) -> None:
        self.pid = pid
        self._keeper = keeper

    @property
    def returncode(self) -> int | None:
        """How it ended; bubblewrap reports a signal as a shell does."""
        code = self._keeper.returncode
        return None if code is None else _status(code)

    async def wait(self) -> int:
        """Wait until it has ended."""
        return _status(await self._keeper.wait())


class Rooms:
    """The launcher that gives every process of the service a room."""

    place: Path | None = Path(SERVICES)

    def __init__(self, boundary: Boundary) -> None:
        self._boundary = boundary
        self.output_bytes = boundary.limits.output_mb * MEGABYTE

    async def launch(
        self, words: Sequence[str], *, directory: Path, environment: Mapping[str, str], stdout: int, stderr: int
    ) -> tuple[Process, frozenset[int]]:
        """Start a command in a room of its own, held to the limits before its first instruction."""
        if not is_there(words[0], directory, environment):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        (told, telling), (gate, opening), (rules, ruling) = os.pipe(), os.pipe(), os.pipe()
        os.write(ruling, program())
        os.close(ruling)
        options = ("--info-fd", str(telling), "--block-fd", str(gate), "--seccomp", str(rules))
        keeper = None
        try:
            keeper = await asyncio.create_subprocess_exec(
                *self._boundary.room(words, directory, gate=options),
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(telling, gate, rules),
                start_new_session=True,
            )
            os.close(telling)
            telling = -1
            first = _first_process(told)
            self._hold(first)
            os.write(opening, b"1")
        except BaseException:
            if keeper is not None:
                await _end(keeper)  # before the gate is closed, which would let the room go on without limits
            raise
        finally:
            for descriptor in (told, telling, gate, opening, rules):
                if descriptor >= 0:
                    os.close(descriptor)
        return Inmate(await _only_child(first, keeper), keeper), frozenset({keeper.pid, first})

    def _hold(self, pid: int) -> None:
        for which, most in rlimits(self._boundary.limits).items():
            resource.prlimit(pid, which, (most, most))
        Path(f"/proc/{pid}/oom_score_adj").write_bytes(FIRST_TO_GO)


def is_there(program: str, directory: Path, environment: Mapping[str, str]) -> bool:
    """Whether the command can be run; whoever runs it in a room could say so only on the service's own stderr."""
    if os.sep in program:
        return shutil.which(directory / program) is not None
    return shutil.which(program, path=environment.get("PATH", os.defpath)) is not None


async def _end(keeper: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(psutil.Error):
        for each in [*psutil.Process(keeper.pid).children(recursive=True), psutil.Process(keeper.pid)]:
            each.kill()
    await keeper.wait()


def _first_process(told: int) -> int:
    """What bubblewrap says of the room it has made."""
    content = b""
    while chunk := os.read(told, 4096):
        content += chunk
        with contextlib.suppress(ValueError):
            return int(json.loads(content)["child-pid"])
    raise LabError("bubblewrap could not make a room for the service.")


async def _only_child(first: int, keeper: asyncio.subprocess.Process) -> int:
    """The process that the room's first one started; if it is over already, the first one stands for it."""
    for _ in range(TURNS):
        with contextlib.suppress(psutil.Error):
            if children := psutil.Process(first).children():
                return children[0].pid
        if keeper.returncode is not None:
            break
        await asyncio.sleep(TURN)
    return first


def _status(code: int) -> int:
    number = code - SHELL_SIGNALS
    return -number if 0 < number < signal.NSIG else code
