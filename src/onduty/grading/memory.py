"""Keeps the memory of all processes of a submission together under its limit; the kernel limits each one alone."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import psutil

from onduty.checking.judge import Judge
from onduty.reports.model import ChapterResult

LOOK_EVERY: Final = 0.3
KILOBYTES: Final = 1 << 10


class Watch:
    """Looks, while a judge runs, at who is in a room; kills them all when together they hold too much."""

    def __init__(self, judge: Judge, memory_mb: int) -> None:
        self._judge = judge
        self._most = memory_mb * KILOBYTES
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.exceeded = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def told(self, result: ChapterResult) -> ChapterResult:
        """The result, which says so where processes were killed for it."""
        if not self.exceeded:
            return result
        note = f"All processes of the service together held more than {self._most // KILOBYTES} MB and were killed."
        checks = [
            check.model_copy(
                update={"explanation": check.explanation.model_copy(update={"likely": note})}
                if check.explanation
                else {}
            )
            for check in result.checks
        ]
        return result.model_copy(update={"checks": checks})

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            pid = self._judge.pid
            found = list(_inmates(pid)) if pid is not None else []
            if sum(held for _, held in found) > self._most:
                self.exceeded = True
                for process, _ in found:
                    with contextlib.suppress(psutil.Error):  # it may have ended since, and the others must still go
                        process.kill()


def _inmates(pid: int) -> Iterator[tuple[psutil.Process, int]]:
    """Who is two process namespaces below us, and the kilobytes that are theirs alone or shared memory."""
    try:
        family = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    ours = len(_status(psutil.Process().pid).get("NSpid", "").split())
    for process in family:
        status = _status(process.pid)
        if len(status.get("NSpid", "").split()) >= ours + 2:
            yield process, sum(int(status.get(name, "0").split()[0]) for name in ("RssAnon", "RssShmem"))


def _status(pid: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
