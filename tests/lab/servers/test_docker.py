"""Servers in containers: gone when the run is, refused in one sentence where there is no Docker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

HOLDER = """
import asyncio
from onduty.lab import open_lab

async def main():
    async with open_lab({"postgres", "valkey"}, provider="docker"):
        print("open", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def containers_and_volumes() -> set[str]:
    """Return what the Docker engine holds of ours, and of anybody who leaves volumes behind."""
    containers = ["docker", "ps", "--all", "--quiet", "--filter", "name=onduty-"]
    listings = (
        subprocess.check_output(command, text=True) for command in (containers, ["docker", "volume", "ls", "-q"])
    )
    return {name for listing in listings for name in listing.split()}


@pytest.mark.usefixtures("docker_images")
def test_a_run_that_was_killed_leaves_no_container() -> None:
    before = containers_and_volumes()
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"open\n"
    assert containers_and_volumes() > before
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    deadline = time.monotonic() + 30
    while containers_and_volumes() - before:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_without_an_engine_it_is_told_what_to_do() -> None:
    pytest.importorskip("testcontainers", reason="without the library that is what it is told about")
    # In a process of its own, because the Docker library leaves open the socket that it could not connect.
    environment = {**os.environ, "DOCKER_HOST": "unix:///nonexistent.sock"}
    done = subprocess.run([sys.executable, "-c", HOLDER], env=environment, capture_output=True, text=True, check=False)
    *_, last = done.stderr.strip().splitlines()
    assert last.startswith("onduty.lab.unmet.NotGraded: No Docker engine answers: start it, or use `--lab embedded`")
