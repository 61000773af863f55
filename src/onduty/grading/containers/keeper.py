"""The process that answers for the containers of one job: makes them, waits for the judge, removes them.

It is started as a program of its own (`python -I -S keeper.py JOB`), so it imports nothing but the standard library.
Its child is the client that is attached to the judge: whoever ends that one, ends the job. The job ends, too, when
whoever started the keeper is gone; what a killed keeper leaves is swept up before the next grading.
"""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

LABEL = "onduty.keeper"
VOLUME = "@VOLUME@"
MARK = "@MARK@"
REMOVES = '"$1" rm --force "$2-room" "$2-cell"; "$1" volume rm --force "$2"'
"""One process that goes on where a keeper is killed for taking too long."""
TURN = 0.02
LIMIT = 60.0


class Keeper:
    """One job: a cell, a room, and the file system they share."""

    def __init__(self, docker: str, cell: Sequence[str], room: Sequence[str], report_to: int) -> None:
        self._docker = docker
        self._name = f"onduty-{secrets.token_hex(8)}"
        self._mark = f"{LABEL}={_owner(os.getpid())}"
        self._options = {"cell": list(cell), "room": list(room)}
        self._report_to = report_to
        self._parent = os.getppid()

    def keep(self) -> int:
        """Run the judge to its end; return how it ended."""
        try:
            cell = self._create("cell")
            judge = subprocess.Popen(
                [self._docker, "start", "--attach", cell], stdin=subprocess.DEVNULL, stdout=self._report_to
            )
            os.close(self._report_to)
            room = self._create("room", "--network", f"container:{cell}", "--pid", f"container:{cell}")
            while self._is_wanted(judge) and not self._asked("start", room):
                time.sleep(TURN)
            while self._is_wanted(judge):
                time.sleep(TURN)
            return judge.poll() or 0
        except subprocess.CalledProcessError as refusal:
            sys.stderr.write(refusal.stderr.decode(errors="replace"))
            return 1
        finally:
            with contextlib.suppress(subprocess.SubprocessError):
                _run(["sh", "-c", REMOVES, "sh", self._docker, self._name])

    def _create(self, which: str, *more: str) -> str:
        words = [word.replace(VOLUME, self._name).replace(MARK, self._mark) for word in self._options[which]]
        name = f"{self._name}-{which}"
        _run([self._docker, "create", "--name", name, "--label", self._mark, *more, *words])
        return name

    def _is_wanted(self, judge: subprocess.Popen[bytes]) -> bool:
        return judge.poll() is None and os.getppid() == self._parent

    def _asked(self, *words: str) -> bool:
        with contextlib.suppress(subprocess.SubprocessError):
            _run([self._docker, *words])
            return True
        return False


def sweep(docker: str) -> None:
    """Remove what keepers of this machine left that are gone."""
    for kind, remove in (("container", "rm"), ("volume", "volume rm")):
        for name, owner in marked(docker, kind):
            if is_gone(owner):
                with contextlib.suppress(subprocess.SubprocessError):
                    _run([docker, *remove.split(), "--force", name])


def marked(docker: str, kind: str) -> Iterator[tuple[str, str]]:
    """The names of everything that keepers have made, each with its keeper."""
    every = ["--all"] if kind == "container" else []
    field = "Names" if kind == "container" else "Name"
    shown = f'{{{{.{field}}}}} {{{{.Label "{LABEL}"}}}}'
    for line in _run([docker, kind, "ls", *every, "--filter", f"label={LABEL}", "--format", shown]).splitlines():
        name, _, owner = line.partition(" ")
        yield name, owner


def _owner(pid: int) -> str:
    """A process, told from any other on this machine and from those in other containers."""
    namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - not a path
    return f"{os.uname().nodename}/{namespace}/{pid}/{_born(pid)}"


def is_gone(owner: str) -> bool:
    """Whether a keeper of this machine has ended."""
    pid = owner.split("/")[-2]
    here = _owner(os.getpid()).rsplit("/", 2)[0]
    return owner.rsplit("/", 2)[0] == here and owner != _owner(int(pid))


def _born(pid: int) -> str:
    """When it was, if it lives."""
    try:
        state, *numbers = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else numbers[18]


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, check=True)
    return done.stdout.decode(errors="replace")


def main() -> None:
    """Keep the job that is given as JSON."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(Keeper(**json.loads(sys.argv[1])).keep())


if __name__ == "__main__":
    main()
