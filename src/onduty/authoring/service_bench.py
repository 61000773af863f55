"""The starter and the solution of the whole service under the same load, and what each request costs."""

import asyncio
import json
import os
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import psutil

from onduty.authoring.load import Orders, Outcome
from onduty.authoring.service_profile import sampled, spy
from onduty.course.catalog import Chapter
from onduty.lab.hosting.service import Service
from onduty.lab.lab import open_lab

CONNECTIONS: Final = 64
WARM_UP: Final = 3.0
SECONDS: Final = 12.0
CALM: Final = 60.0
"""Seconds for what was begun under the load to come to its end."""
PLENTY: Final = 10**8
FIRST_PRODUCT: Final = 20_000
PRODUCTS: Final = """
INSERT INTO products (id, sku, name, price_cents, stock)
SELECT n, 'LOAD-' || n, 'Espresso', 260, %s FROM generate_series(%s::int, %s::int) AS n
"""
KINDS: Final = ("search", "order", "pay")
COSTLIEST: Final = 6


@dataclass(frozen=True)
class Measured:
    """One service under the load."""

    name: str
    answers: int
    per_second: float
    p50: dict[str, float]
    p99: dict[str, float]
    failures: dict[str, int]
    statements: float
    """SQL statements a request."""
    connections: float
    """Database connections opened a request."""
    pss: float
    """MiB a worker, at the end."""
    processor: float
    """Milliseconds of processor time that the service used for an answer: says the same on a busy machine."""
    generator: float
    """How much of its core the load generator used, 0 to 1."""
    costs: Mapping[str, float]
    """Whose the processor time of the workers is, 0 to 1; empty where nobody looked."""


async def measure(service: Chapter, app: Path, name: str, *, profile: bool = False) -> Measured:
    """The lab and the service on the other cores, the load generator on the last one.

    The profile is taken under a second load of the same kind, so that it slows down nothing that is measured.
    """
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:-1] or cores)
    async with open_lab(set(service.needs), app=app, database=service.checks / "database.sql") as lab:
        await lab.postgres.execute(PRODUCTS, PLENTY, FIRST_PRODUCT, FIRST_PRODUCT + 2 * CONNECTIONS)
        running = await lab.platform.start(MENU_TTL="30", PAYMENTS_DEADLINE="5", LOG_LEVEL="INFO")
        orders = Orders(
            host=running.host,
            port=running.port,
            connections=CONNECTIONS,
            seconds=WARM_UP,
            customers=await lab.postgres.fetch_value("SELECT count(*) FROM customers"),
            first_product=FIRST_PRODUCT,
        )
        await at_the_till(orders, cores[-1])
        await lab.postgres.until_idle(CALM)
        opened = await lab.postgres.sessions_started()
        used = _processor_seconds(running)
        orders = replace(orders, seconds=SECONDS)
        async with lab.postgres.measured() as usage:
            outcome = await at_the_till(orders, cores[-1])
            pss = statistics.mean(worker.memory_full_info().pss for worker in _workers(running)) / 2**20
            await lab.postgres.until_idle(CALM)
        used = _processor_seconds(running) - used
        opened = await lab.postgres.sessions_started() - opened
        costs = await _costs(running, orders, cores[-1]) if profile else {}
    os.sched_setaffinity(0, cores)
    answers = sum(map(len, outcome.seconds.values()))
    asked = max(1, answers + sum(outcome.failures.values()))
    return Measured(
        name=name,
        answers=answers,
        per_second=answers / outcome.wall,
        p50={kind: _quantile(outcome.seconds[kind], 50) for kind in KINDS},
        p99={kind: _quantile(outcome.seconds[kind], 99) for kind in KINDS},
        failures=outcome.failures,
        statements=usage.statements / asked,
        connections=opened / asked,
        pss=pss,
        processor=1000 * used / max(1, answers),
        generator=outcome.processor / outcome.wall,
        costs=costs,
    )


async def at_the_till(orders: Orders, core: int) -> Outcome:
    """Let the guests order, from a process of its own on this core."""
    generator = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "onduty.authoring.load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    os.sched_setaffinity(generator.pid, {core})
    said, _ = await generator.communicate(json.dumps(vars(orders)).encode())
    told: dict[str, Any] = json.loads(said)
    return Outcome(**told)


async def _costs(service: Service, orders: Orders, core: int) -> Mapping[str, float]:
    workers = [worker.pid for worker in _workers(service)]
    costs, _ = await asyncio.gather(sampled(workers, orders.seconds), at_the_till(orders, core))
    return costs


def _workers(service: Service) -> list[psutil.Process]:
    """The processes that serve: those without children."""
    family = [psutil.Process(process.pid) for process in service.processes()]
    return [process for process in family if not process.children()]


def _processor_seconds(service: Service) -> float:
    times = [psutil.Process(process.pid).cpu_times() for process in service.processes()]
    return sum(each.user + each.system for each in times)


def _quantile(seconds: list[float], percent: int) -> float:
    """In milliseconds; the slowest where there are too few to tell."""
    if len(seconds) < 2:
        return 1000 * max(seconds, default=0.0)
    return 1000 * statistics.quantiles(seconds, n=100)[percent - 1]


def each(service: Chapter, *, profile: bool = False) -> Iterator[Measured]:
    """The starter, then the solution; the profile is the solution's."""
    if profile:
        spy()
    yield asyncio.run(measure(service, service.starter, "starter"))
    yield asyncio.run(measure(service, service.solution, "solution", profile=profile))


def tables(measured: Sequence[Measured]) -> str:
    """The figures side by side, and the costliest packages of each that was profiled, as Markdown."""
    rows = [
        ("requests a second", *(f"{each.per_second:.0f}" for each in measured)),
        *((f"{kind}, p50 / p99", *(_times(each, kind) for each in measured)) for kind in KINDS),
        ("SQL statements a request", *(f"{each.statements:.2f}" for each in measured)),
        ("database connections opened a request", *(f"{each.connections:.4f}" for each in measured)),
        ("the service's processor time an answer", *(f"{each.processor:.1f} ms" for each in measured)),
        ("memory a worker (PSS)", *(f"{each.pss:.0f} MiB" for each in measured)),
        ("failed requests", *(_failed(each) for each in measured)),
        ("the load generator's share of its core", *(f"{each.generator:.0%}" for each in measured)),
    ]
    side_by_side = _table(["", *(each.name for each in measured)], rows)
    return "\n\n".join([side_by_side, *(_costliest(each) for each in measured if each.costs)])


def _costliest(measured: Measured) -> str:
    head = [f"{measured.name}: whose", "of the workers' processor time"]
    return _table(head, [(package, f"{share:.0%}") for package, share in list(measured.costs.items())[:COSTLIEST]])


def _times(measured: Measured, kind: str) -> str:
    return f"{measured.p50[kind]:.0f} / {measured.p99[kind]:.0f} ms"


def _failed(measured: Measured) -> str:
    return ", ".join(f"{count} × {what}" for what, count in sorted(measured.failures.items())) or "none"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))
