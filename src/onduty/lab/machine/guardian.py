"""The lab's promise that it leaves nothing behind, kept by a process that outlives whoever opened the lab."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from onduty.lab.errors import LabError
from onduty.lab.machine import sweeper

if TYPE_CHECKING:
    from collections.abc import Sequence

SWEEP_LIMIT = 60.0


class Guardian:
    """Knows what a run made, and ends it when the run is over, however the run ends.

    The sweeper reads a pipe whose other end only this process holds. A clean exit, Ctrl-C, SIGTERM and SIGKILL all
    close it; then the sweeper kills what it was told of and what escaped, and removes the run's directory.
    """

    def __init__(self, run_dir: Path, process: subprocess.Popen[bytes]) -> None:
        self.run_dir = run_dir
        self._process = process
        self._told: list[str] = []
        self._closing = threading.Lock()

    @classmethod
    def start(cls, run_dir: Path) -> Self:
        """Start the sweeper, which from now on answers for the directory and all processes that have it as HOME."""
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", sweeper.__file__, str(run_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        return cls(run_dir, process)

    @property
    def pid(self) -> int:
        """The sweeper's process."""
        return self._process.pid

    def owns(self, pgid: int) -> None:
        """Register a process group that must not outlive the run."""
        self._tell(f"kill {pgid}")

    def released(self, pgid: int) -> None:
        """Forget a process group: it has ended."""
        self._tell(f"forget {pgid}")

    def owns_cluster(self, data_dir: Path) -> None:
        """Register a PostgreSQL data directory, whose server is given the chance to take its shared memory along."""
        self._tell(f"cluster {data_dir}")

    def finally_runs(self, command: Sequence[str], given: str = "") -> None:
        """Register a command for the end of the run; `given` goes to its standard input, where `ps` shows nothing."""
        self._tell("run " + json.dumps({"command": list(command), "given": given}))

    def close(self) -> None:
        """End everything that is left and remove the run's directory; return when that is done."""
        with self._closing:
            if self._process.stdin is None or self._process.stdin.closed:
                return
            with contextlib.suppress(BrokenPipeError):  # a killed sweeper left its last lines unread
                self._process.stdin.close()
            try:
                swept = self._process.wait(SWEEP_LIMIT) == 0
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                swept = False
            if not swept and not sweeper.sweep(self.run_dir, self._told):
                message = f"The lab could not remove everything it made; look at {self.run_dir}."
                raise LabError(message)

    def _tell(self, line: str) -> None:
        if self._process.stdin is None or self._process.stdin.closed:
            return
        self._told.append(line)
        try:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # somebody killed the sweeper; `close` does its work
