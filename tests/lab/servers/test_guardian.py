"""However a lab ends, nothing of it is left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from onduty.lab import open_lab
from onduty.lab.machine import sweeper
from onduty.lab.machine.guardian import Guardian
from onduty.lab.machine.paths import new_run_dir

# Opens a lab, with a service of two processes of which one left its group, tells what there is, and waits for the end.
HOLDER = """
import asyncio, json, os, subprocess, sys
from pathlib import Path
from onduty.lab import open_lab

async def main():
    async with open_lab({"postgres", "valkey"}, database=Path(sys.argv[1])) as lab:
        environment = {"HOME": str(lab.run_dir / "home"), "PATH": os.defpath}
        service = subprocess.Popen(
            ["sh", "-c", "sleep 600 & setsid sh -c 'trap \\"\\" TERM INT HUP; sleep 600' & wait"],
            env=environment, start_new_session=True,
        )
        lab.guardian.owns(service.pid)
        await asyncio.sleep(0.1)
        (status,) = lab.run_dir.glob("postgres-*/data/postmaster.pid")
        here = {"run_dir": str(lab.run_dir), "segment": status.read_text().splitlines()[6].split()[1]}
        if sys.argv[2] == "frozen":
            async with lab.postgres.frozen(), lab.valkey.frozen():
                print(json.dumps(here), flush=True)
                await asyncio.sleep(600)
        print(json.dumps(here), flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def everything_of(run_dir: str) -> list[psutil.Process]:
    """Find the processes of a run without asking the code under test."""
    found = []
    for process in psutil.process_iter():
        try:
            told = f"{process.environ().get('HOME', '')} {process.cwd()} {' '.join(process.cmdline())}"
            if run_dir in told and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def shared_memory() -> set[str]:
    """Return the System V segments of this machine, where it shows them."""
    listing = Path("/proc/sysvipc/shm")
    return {line.split()[1] for line in listing.read_text().splitlines()[1:]} if listing.exists() else set()


def until_gone(run_dir: str, within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while Path(run_dir).exists() or everything_of(run_dir):
        assert time.monotonic() < deadline, f"left: {everything_of(run_dir)}, {run_dir}"
        time.sleep(0.02)


def hold_a_lab(shop: Path, how: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, shop, how], stdout=subprocess.PIPE, start_new_session=True)
    assert holder.stdout is not None
    return holder, json.loads(holder.stdout.readline())


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (signal.SIGKILL, "running"),
        (signal.SIGKILL, "frozen"),
        (signal.SIGTERM, "running"),
        (signal.SIGINT, "frozen"),
    ],
)
def test_a_lab_whose_holder_is_killed_leaves_nothing(shop: Path, how: str, end: signal.Signals) -> None:
    holder, here = hold_a_lab(shop, how)
    assert len(everything_of(here["run_dir"])) >= 8  # postmaster and its helpers, valkey, the service's four
    if sys.platform == "linux":
        assert here["segment"] in shared_memory()
    holder.send_signal(end)
    holder.communicate()
    until_gone(here["run_dir"])
    assert here["segment"] not in shared_memory()


def test_a_lab_leaves_nothing_after_an_error(shop: Path) -> None:
    run_dirs = []

    async def story() -> None:
        async with open_lab({"postgres", "valkey"}, database=shop) as lab:
            run_dirs.append(lab.run_dir)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(story())
    (run_dir,) = run_dirs
    assert not run_dir.exists()
    assert not everything_of(str(run_dir))


def test_a_lab_that_is_cancelled_while_it_opens_leaves_nothing(shop: Path, own_tempdir: Path) -> None:
    async def opened() -> None:
        async with open_lab({"postgres", "valkey"}, database=shop):
            await asyncio.sleep(600)

    async def story(moment: float) -> None:
        task = asyncio.create_task(opened())
        await asyncio.sleep(moment)
        task.cancel()
        await asyncio.wait([task])

    for moment in (0.01, 0.05, 0.1, 0.15, 0.2):
        asyncio.run(story(moment))
        assert not list(own_tempdir.iterdir())
        assert not everything_of(str(own_tempdir))


def test_the_guardian_survives_what_a_terminal_sends(tmp_path: Path) -> None:
    run_dir = new_run_dir()
    guardian = Guardian.start(run_dir)
    sleeper = subprocess.Popen(["sleep", "600"], start_new_session=True)
    guardian.owns(sleeper.pid)
    time.sleep(0.2)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(guardian.pid, number)
    guardian.close()
    assert sleeper.wait() == -signal.SIGKILL
    assert not run_dir.exists()


def test_a_guardian_that_was_killed_is_stood_in_for() -> None:
    run_dir = new_run_dir()
    guardian = Guardian.start(run_dir)
    sleeper = subprocess.Popen(["sleep", "600"], start_new_session=True)
    guardian.owns(sleeper.pid)
    os.kill(guardian.pid, signal.SIGKILL)
    while psutil.Process(guardian.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    guardian.finally_runs(["true"])  # nobody reads this any more
    guardian.close()
    assert sleeper.wait() == -signal.SIGKILL
    assert not run_dir.exists()


def test_a_group_that_was_released_is_left_alone() -> None:
    guardian = Guardian.start(new_run_dir())
    sleeper = subprocess.Popen(["sleep", "600"], start_new_session=True)
    guardian.owns(sleeper.pid)
    guardian.released(sleeper.pid)
    guardian.close()
    assert sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()


def test_a_group_s_number_that_went_to_somebody_else_is_left_alone() -> None:
    sleeper = subprocess.Popen(["sleep", "600"], start_new_session=True)
    duties = sweeper.Duties(Path("/nowhere"), groups={sleeper.pid: "born at another time"})
    assert sleeper.pid not in {process.pid for process in sweeper.members(duties)}
    sleeper.kill()
    sleeper.wait()


def test_a_final_command_runs_with_what_it_was_given(tmp_path: Path) -> None:
    guardian = Guardian.start(new_run_dir())
    guardian.finally_runs(["sh", "-c", f"cat > {tmp_path}/given"], given="a secret")
    guardian.close()
    assert (tmp_path / "given").read_text() == "a secret"


def test_a_directory_without_permissions_is_removed_all_the_same() -> None:
    run_dir = new_run_dir()
    locked = run_dir / "home" / "locked"
    locked.mkdir(parents=True)
    (locked / "file").write_text("")
    locked.chmod(0)
    Guardian.start(run_dir).close()
    assert not run_dir.exists()
