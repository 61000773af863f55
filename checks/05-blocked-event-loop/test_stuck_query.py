"""A query waits for a lock. Who waits with it?

The lock is held by the check, so nothing here depends on how fast the machine is: a request either needs the locked
table, and waits, or does not, and answers. A right answer takes milliseconds; WITHIN leaves it a hundred times that.
"""

import asyncio
from asyncio import Task
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import pytest

from onduty.checking import Because, task
from onduty.checking.bench import Bench, Subject
from onduty.lab.clients.answer import Answer
from onduty.lab.database.postgres import Postgres
from onduty.lab.hosting.service import Service
from onduty.lab.unmet import Unmet

WITHIN = 1.5
STANDSTILL = "one query was waiting for a lock, and a whole process waited with it"
UNAWAITED = "something in an `async def` waits without `await`"

HOLDS_UP = {"read": "ACCESS EXCLUSIVE", "write": "SHARE"}
"""The lock on a table that holds up those who read it, and the one that holds up only those who write."""

ONE, LIST = "/api/v1/orders/7", "/api/v1/orders?customer_id=3"
QUERIES = (
    ("read", "orders", f"GET {ONE}"),
    ("read", "orders", f"PATCH {ONE}"),
    ("read", "orders", "GET /api/v1/reports/nightly?date=2026-01-02"),
    ("read", "orders", f"GET {LIST}"),
    ("read", "products", "GET /api/v1/menu"),
    ("write", "orders", f"PATCH {ONE}"),
    ("read", "order_lines", f"GET {ONE}"),
    ("read", "order_lines", f"GET {LIST}"),
    ("read", "order_lines", f"PATCH {ONE}"),
    ("read", "products", f"GET {ONE}"),
    ("read", "products", f"GET {LIST}"),
    ("read", "products", f"PATCH {ONE}"),
)
"""What an endpoint has to do in the database, whatever queries it does it with."""

Query = tuple[int, datetime]
"""A session of the database, and since when it has been running its query."""


@pytest.fixture
def service(onduty_bench: Bench, onduty_subject: Subject) -> Service:
    """The service with one worker: another one, by chance idle, would hide what the first one does."""
    return onduty_bench.service(onduty_subject, WEB_CONCURRENCY="1")


@task("05.1", id="liveness-answers")
async def test_liveness_answers_while_a_query_is_stuck(service: Service, postgres: Postgres) -> None:
    """One stuck query must not stop the health check."""
    async with stuck_on("orders", service, postgres, "GET", "/api/v1/orders") as stuck:
        alive = await service.get("/health/live", within=WITHIN)
        assert alive.status_code == 200, Because(STANDSTILL, likely=UNAWAITED)
        assert await stuck.queries_wait(postgres), gave_up()


@task("05.1", id="menu-answers")
async def test_the_menu_answers_while_a_query_is_stuck(service: Service, postgres: Postgres, seed: Random) -> None:
    """A query stuck on one table must not stop those who read another."""
    async with stuck_on("orders", service, postgres, "GET", "/api/v1/orders") as stuck:
        for _ in range(workers(service) + 1):  # one process answers twice, so a remembered menu shows
            name = f"Night special {seed.randrange(10**9)}"
            await postgres.execute("UPDATE products SET name = %s WHERE id = 3", name)
            menu = await service.get("/api/v1/menu", within=WITHIN)
            assert menu.status_code == 200, Because(STANDSTILL, likely=UNAWAITED)
            assert name in [item["name"] for item in menu.json()["items"]], Because(
                f"the menu did not show {name!r}, a name that had just been given to product 3",
                likely="the menu is remembered instead of read",
            )
        assert await stuck.queries_wait(postgres), gave_up()


@task("05.2", id="every-endpoint")
async def test_no_endpoint_stops_the_process(service: Service, postgres: Postgres, seed: Random) -> None:
    """Whichever endpoint waits for the database, in whichever of its queries, the process goes on."""
    for verb, table, request in QUERIES:
        method, path = request.split()
        note = {"note": f"table {seed.randrange(10**9)}"} if method == "PATCH" else None
        async with stuck_on(table, service, postgres, method, path, note, mode=HOLDS_UP[verb]) as stuck:
            for free in ("/health/live",) if table == "products" else ("/health/live", "/api/v1/menu"):
                answer = await service.get(free, within=WITHIN)
                assert answer.status_code == 200, Because(
                    f"{method} {path.partition('?')[0]} was waiting to {verb} `{table}`, "
                    "and a whole process waited with it",
                    likely=UNAWAITED,
                )
            assert await stuck.queries_wait(postgres), gave_up()


@task("05.3", id="stuck-requests-finish")
async def test_a_stuck_request_finishes_with_the_right_answer(
    service: Service, postgres: Postgres, seed: Random
) -> None:
    """A request that waited for a lock gets its answer, whole and right, when the lock is gone."""
    total, note, count = seed.randrange(300, 90_000), f"table {seed.randrange(10**6)}", seed.randrange(2, 9)
    day = f"20{seed.randrange(30, 60)}-04-{seed.randrange(10, 29)}"
    orders = [await add_order(postgres, total, f"{day}T0{hour}:00:00+00:00") for hour in range(count)]
    newest = orders[-1]
    async with postgres.locked("orders"):
        read = service.later.get(f"/api/v1/orders/{newest}")
        changed = service.later.patch(f"/api/v1/orders/{newest}", json={"note": note})
        report = service.later.get(f"/api/v1/reports/nightly?date={day}")
        listed = service.later.get("/api/v1/orders?limit=100")
        await postgres.until_waiting(1)
    for answer in (await read, await changed, await report, await listed):
        assert answer.status_code == 200, Because(
            "a request that had waited for a lock was not answered when the lock was released",
            likely="the wait is cut short, or too many waiting requests use something up",
        )
    assert (await read).json()["total_cents"] == total, wrong_body(await read)
    assert (await read).json()["lines"][0]["quantity"] == 3, wrong_body(await read)
    assert (await changed).json()["note"] == note, wrong_body(await changed)
    assert (await report).json()["orders"] == count, wrong_body(await report)
    assert (await report).json()["revenue_cents"] == count * total, wrong_body(await report)
    assert [order["id"] for order in (await listed).json()["items"]][:count] == orders[::-1], wrong_body(await listed)
    stored = await postgres.fetch_value("SELECT note FROM orders WHERE id = %s", newest)
    assert stored == note, Because(
        f"the answer said that the note of order {newest} had been changed; the database says {stored!r}",
        likely="the change is not committed",
    )


@dataclass
class Stuck:
    """Requests that wait in the database, and the queries in which they do."""

    requests: list[Task[Answer]] = field(default_factory=list)
    queries: set[Query] = field(default_factory=set)

    async def queries_wait(self, postgres: Postgres) -> bool:
        """Whether not one of the queries has been given up."""
        return self.queries <= await waiting_queries(postgres)


@asynccontextmanager
async def stuck_on(
    table: str,
    service: Service,
    postgres: Postgres,
    method: str,
    path: str,
    body: dict[str, str] | None = None,
    *,
    mode: str = HOLDS_UP["read"],
) -> AsyncIterator[Stuck]:
    """Hold a table, and have the service wait for it; afterwards nobody waits any more, whatever became of the check.

    It is sent a request for each of its workers, one after the other, with time for each to reach the database: a
    worker may be late, and be free to answer what comes afterwards.
    """
    stuck = Stuck()
    try:
        async with postgres.locked(table, mode):
            for _ in range(workers(service)):
                stuck.requests.append(service.later.request(method, path, json=body, within=30))
                with suppress(*([Unmet] if stuck.queries else [])):
                    await postgres.until_waiting(len(stuck.queries) + 1, within=0.8 if stuck.queries else 5)
                stuck.queries |= await waiting_queries(postgres)
            yield stuck
    finally:
        if stuck.requests:
            await asyncio.wait(stuck.requests, timeout=5)
        with suppress(Unmet):
            await postgres.until_idle()


def workers(service: Service) -> int:
    """How many processes may serve: those with no child of their own; a parent, such as gunicorn's, watches."""
    processes = service.processes()
    parents = {process.ppid for process in processes}
    return sum(process.pid not in parents for process in processes)


async def waiting_queries(postgres: Postgres) -> set[Query]:
    rows = await postgres.fetch(
        "SELECT pid, query_start FROM pg_stat_activity WHERE usename = %s AND wait_event_type = 'Lock'", postgres.role
    )
    return {(row["pid"], row["query_start"]) for row in rows}


async def add_order(postgres: Postgres, total: int, placed_at: str) -> int:
    order = await postgres.fetch_value(
        "INSERT INTO orders (customer_id, total_cents, placed_at) VALUES (4, %s, %s) RETURNING id", total, placed_at
    )
    await postgres.execute("INSERT INTO order_lines VALUES (%s, 1, 2, 3, 100)", order)
    return int(order)


def gave_up() -> Because:
    return Because(
        "a request was given up while its query was still waiting for the lock",
        likely="a time-out ends the wait; it makes the standstill shorter and loses the request",
    )


def wrong_body(answer: Answer) -> Because:
    return Because(
        f"{answer.request} answered with a body that does not match the database",
        observed=answer.text[:300],
        likely="the rewrite changed what the endpoint reads, or an answer is remembered from an earlier request",
    )
