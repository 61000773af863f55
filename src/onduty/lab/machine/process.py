"""Programs the lab runs for itself: started quietly, waited for without blocking, quoted when they fail."""

from __future__ import annotations

import asyncio
import os
import subprocess
from typing import TYPE_CHECKING

from onduty.lab.errors import LabError, MissingServer
from onduty.lab.machine.disk import full_at, shortage, told_full

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onduty.lab.machine.account import Account

TURN = 0.003
QUOTED_LINES = 8


def environment(home: Path) -> dict[str, str]:
    """Everything a server of the lab sees of this machine's environment."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ}
    return {"PATH": os.defpath, "HOME": str(home), "LC_ALL": "C", "TZ": "UTC", **kept}


def start(command: Sequence[str | Path], *, home: Path, log: Path, account: Account) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own, its output going to a file."""
    try:
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=home,
                env=environment(home),
                start_new_session=True,
                umask=0o077,
                **account.options,
            )
    except PermissionError as refusal:
        message = f"The lab may not start {command[0]} as user {account.uid}: {refusal.strerror}."
        raise MissingServer(message) from refusal


async def run(
    command: Sequence[str | Path], *, home: Path, log: Path, account: Account, target: Path | None = None
) -> None:
    """Run a program to its end; a failure quotes its last lines. It writes to its home, or to `target`."""
    process = start(command, home=home, log=log, account=account)
    try:
        code = await ended(process)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if code != 0:
        said = last_lines(log)
        # Where the disk is full, there may have been no room for its last lines.
        if shortfall := shortage(target or home, home):
            raise shortfall
        if told_full(said):
            raise full_at(target or home)
        message = f"{command[0]} ended with status {code}.\n{said}"
        raise LabError(message)


async def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait until a process has ended."""
    while (code := process.poll()) is None:  # noqa: ASYNC110 - the kernel sends us no event
        await asyncio.sleep(TURN)
    return code


def last_lines(log: Path) -> str:
    """Return what a program printed last."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-QUOTED_LINES:])
    except OSError:
        return ""
