"""Tiny apps for the platform to host."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import psutil
import pytest

from onduty.lab.hosting.platform import Platform
from onduty.lab.recorder import Timeline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

T = TypeVar("T")

SERVER = """
import json, os, signal, socket, sys, time
BEFORE
listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
LISTENING
print("listening", flush=True)

def reply(body):
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body))

while True:
    connection, _ = listener.accept()
    if request := connection.recv(65536):
        RESPOND
    connection.close()
"""


class Host(Protocol):
    """Runs a story on a platform that hosts an app made of these files."""

    def __call__(
        self,
        story: Callable[[Platform], Awaitable[T]],
        files: Mapping[str, str],
        procfile: str = ...,
        environment: Mapping[str, str] = ...,
    ) -> T:
        """Return what the story returns; afterwards nothing of the app is left."""


class Server(Protocol):
    """Writes a server that starts in a moment (`python -I -S server.py`), with statements at three places."""

    def __call__(self, respond: str = ..., *, before: str = ..., listening: str = ...) -> str:
        """Return its text; to `respond`, call `reply(body)` or use `connection`."""


@pytest.fixture
def server() -> Server:
    """Write a tiny server."""

    def write(respond: str = "reply(b'ok')", *, before: str = "", listening: str = "") -> str:
        return SERVER.replace("BEFORE", before).replace("LISTENING", listening).replace("RESPOND", respond)

    return write


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Host tiny apps, and see to it that the platform leaves no process behind."""

    def run(
        story: Callable[[Platform], Awaitable[T]],
        files: Mapping[str, str],
        procfile: str = "web: python -I -S server.py",
        environment: Mapping[str, str] | None = None,
    ) -> T:
        source, run_dir = tmp_path / "source", tmp_path / "run"
        for directory in (source, run_dir):
            directory.mkdir()
        for name, text in {"Procfile": procfile, **files}.items():
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

        async def main() -> T:
            platform = Platform(source, run_dir, None, Timeline(), environment or {})
            try:
                return await story(platform)
            finally:
                await platform.close()

        try:
            return asyncio.run(main())
        finally:
            assert left_in(run_dir) == []

    return run


def left_in(directory: Path) -> list[psutil.Process]:
    """Return the processes that work in the directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(directory)) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found
