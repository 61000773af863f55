"""Keeps the memory of all processes of a submission together under its limit; the kernel limits each one alone.

The lab around it has a limit, too: what a submission makes PostgreSQL, Valkey or the payment provider hold is its own.
"""

import contextlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import psutil

from onduty.checking.judge import Judge
from onduty.reports.model import ChapterResult, CheckResult
from onduty.reports.verdict import Verdict

LOOK_EVERY: Final = 0.3
KILOBYTES: Final = 1 << 10
LAB_MEMORY_MB: Final = 512
"""What judge and lab take by themselves, and five times what they have been seen to take. A submission may make
them hold as much again as it may hold itself."""
IN_A_CELL, IN_A_ROOM = 1, 2
"""So many process namespaces they are below us."""
OWN: Final = ("RssAnon", "RssShmem", "VmSwap")
SHARED_OUT: Final = ("Pss_Anon", "Pss_Shmem", "SwapPss")
"""The same where each page counts once, however many processes share it."""


class Watch:
    """Looks, while a judge runs, at who is in a room and around it; ends them all when together they hold too much."""

    def __init__(self, judge: Judge, memory_mb: int) -> None:
        self._judge = judge
        self._most = memory_mb * KILOBYTES
        self._most_around = (LAB_MEMORY_MB + memory_mb) * KILOBYTES
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.exceeded = False
        self.exceeded_around = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def told(self, result: ChapterResult) -> ChapterResult:
        """The result, which says so where processes were killed for it."""
        if self.exceeded_around:
            most = self._most_around // KILOBYTES
            note = f"Database, cache and payment provider together were made to hold more than {most} MB."
        elif self.exceeded:
            most = self._most // KILOBYTES
            note = f"All processes of the service together held more than {most} MB and were killed."
        else:
            return result
        return result.model_copy(update={"checks": [_explained(check, note) for check in result.checks]})

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            pid = self._judge.pid
            inside, around = _members(pid) if pid is not None else ([], [])
            if _held(inside) > self._most:
                self.exceeded = True
                _kill(process for process, _ in inside)
            if pid is not None and _held(around) > self._most_around:
                self.exceeded_around = True
                self._judge.expired = True  # what has not been judged by now has timed out
                with contextlib.suppress(psutil.Error):
                    _kill(psutil.Process(pid).children())


Member = tuple[psutil.Process, int]


def _explained(check: CheckResult, note: str) -> CheckResult:
    told = check.explanation
    if told is None:
        return check
    changed = {"likely": note}
    if check.verdict is Verdict.TIMED_OUT and not told.done:
        changed["observed"] = "This one was not; everything was ended for the memory it held."
    return check.model_copy(update={"explanation": told.model_copy(update=changed)})


def _held(members: Iterable[Member]) -> int:
    return sum(kilobytes for _, kilobytes in members)


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):  # it may have ended since, and the others must still go
            process.kill()


def _members(pid: int) -> tuple[list[Member], list[Member]]:
    """Who is in the rooms and who is in the cell around them, each with the kilobytes that no file stands for.

    Where the kernel tells nothing of namespaces, as on macOS, there are neither.
    """
    inside, around = [], []
    ours = _depth(_status(psutil.Process().pid, "status"))
    for process in _family(pid) if ours else ():
        status = _status(process.pid, "status")
        depth = _depth(status) - ours
        if depth >= IN_A_ROOM:
            inside.append((process, _kilobytes(status, OWN)))
        elif depth == IN_A_CELL:
            shared_out = _status(process.pid, "smaps_rollup")
            around.append((process, _kilobytes(shared_out, SHARED_OUT) if shared_out else _kilobytes(status, OWN)))
    return inside, around


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _depth(status: Mapping[str, Sequence[str]]) -> int:
    """The process namespaces it is in; none where the kernel does not tell."""
    return len(status.get("NSpid", ()))


def _kilobytes(status: Mapping[str, Sequence[str]], names: Iterable[str]) -> int:
    return sum(int(status[name][0]) for name in names if name in status)


def _status(pid: int, file: str) -> dict[str, list[str]]:
    """What the kernel tells of a process, as words by name; nothing if it has ended or is none of ours."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
