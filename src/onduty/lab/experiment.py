"""What a notebook measures with: a lab around a few lines of code, samples with their spread, and a load."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import psutil

from onduty.lab.lab import open_lab

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection

    from onduty.lab.clients.visitors import Connection
    from onduty.lab.hosting.service import Service
    from onduty.lab.lab import Lab

FAST: Final = os.environ.get("ONDUTY_FAST") == "1"
"""Whether the notebook is only tried: it asserts the direction of every finding, and publishes nothing."""
UVICORN: Final = "uvicorn main:app --host $HOST --port $PORT --no-access-log"


@dataclass(frozen=True)
class Samples:
    """Times of one thing done again and again, in seconds, in the order in which they were taken."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def percentile(self, percent: int) -> float:
        """The value that so many percent of the samples do not exceed."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]

    def __str__(self) -> str:
        low, middle, high = (1000 * value for value in (min(self.values), self.median, max(self.values)))
        return f"{middle:.3g} ms ({low:.3g} to {high:.3g}, {len(self.values)} times)"


@dataclass(frozen=True)
class Load:
    """What a service made of many requests at once."""

    latencies: Samples
    seconds: float
    failed: int

    @property
    def per_second(self) -> float:
        return len(self.latencies.values) / self.seconds

    def __str__(self) -> str:
        p50, p99 = (1000 * self.latencies.percentile(percent) for percent in (50, 99))
        return f"{self.per_second:.0f} a second, p50 {p50:.3g} ms, p99 {p99:.3g} ms, {self.failed} failed"


def full_or_fast(full: int, fast: int) -> int:
    """How much of something to do: enough to publish, or enough to see the direction."""
    return fast if FAST else full


@asynccontextmanager
async def serving(
    app: str | Path,
    *,
    needs: Collection[str] = (),
    database: Path | None = None,
    web: str = UVICORN,
    **environment: Any,
) -> AsyncIterator[tuple[Lab, Service]]:
    """Start an app on a lab of its own: the text of its `main.py`, or the directory of a chapter.

    It runs in one process, unless `web` or WEB_CONCURRENCY says otherwise.
    """
    with TemporaryDirectory(prefix="onduty-experiment-") as place:
        directory = app if isinstance(app, Path) else Path(place)
        if isinstance(app, str):
            (directory / "main.py").write_text(app)
            (directory / "Procfile").write_text(f"web: {web}\n")
        async with open_lab(set(needs), app=directory, database=database) as lab:
            yield lab, await lab.platform.start(**{"WEB_CONCURRENCY": "1"} | environment)


async def samples(times: int, action: Callable[[], Awaitable[object]]) -> Samples:
    """Do something so many times, one after the other, and time each."""
    values = []
    for _ in range(times):
        started = time.perf_counter()
        await action()
        values.append(time.perf_counter() - started)
    return Samples(tuple(values))


async def load(service: Service, path: str, *, connections: int = 8, seconds: float = 3.0) -> Load:
    """Ask on so many connections that stay open, each as soon as it has its answer."""
    open_ones = [await service.connection() for _ in range(connections)]
    started = time.perf_counter()
    asked = await asyncio.gather(*(_ask_until(started + seconds, each, path) for each in open_ones))
    took = time.perf_counter() - started
    outcomes = [outcome for one in asked for outcome in one]
    latencies = tuple(latency for latency, good in outcomes if good)
    return Load(Samples(latencies), took, sum(not good for _, good in outcomes))


async def _ask_until(end: float, connection: Connection, path: str) -> list[tuple[float, bool]]:
    outcomes = []
    while (started := time.perf_counter()) < end:
        answer = await connection.get(path)
        good = answer.status_code is not None and answer.status_code < 500
        outcomes.append((time.perf_counter() - started, good))
        if answer.status_code is None:
            break  # the connection is gone
    return outcomes


def memory(service: Service) -> dict[int, int]:
    """Bytes that each process of the service holds: its own, and its share of what it has in common with others.

    Linux tells (PSS); elsewhere it is the memory that only this process has (USS).
    """
    return {each.pid: _held(psutil.Process(each.pid)) for each in service.processes()}


def _held(process: psutil.Process) -> int:
    found = process.memory_full_info()
    return int(getattr(found, "pss", found.uss))
