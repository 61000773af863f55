"""How the platform starts a process of the service: as it is, or inside something that holds it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from onduty.lab.hosting.output import KEPT_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Process(Protocol):
    """A running process, as asyncio has it."""

    @property
    def pid(self) -> int:
        """Its number, as the lab sees it."""

    @property
    def returncode(self) -> int | None:
        """How it ended; negative for a signal, None while it runs."""

    async def wait(self) -> int:
        """Wait until it has ended."""


class Launcher(Protocol):
    """Starts processes, each in a session of its own."""

    place: Path | None
    """Where the service's directories are to lie, if not with everything else of the run."""
    output_bytes: int
    """How much is kept of what the service prints."""

    async def launch(
        self, words: Sequence[str], *, directory: Path, environment: Mapping[str, str], stdout: int, stderr: int
    ) -> tuple[Process, frozenset[int]]:
        """Start a command; return its process, and those around it that are the launcher's own.

        Raises OSError when the command cannot be run.
        """


class Plain:
    """Starts a process as it is."""

    place = None
    output_bytes = KEPT_BYTES

    async def launch(
        self, words: Sequence[str], *, directory: Path, environment: Mapping[str, str], stdout: int, stderr: int
    ) -> tuple[Process, frozenset[int]]:
        """Start a command."""
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=directory,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        return process, frozenset()
