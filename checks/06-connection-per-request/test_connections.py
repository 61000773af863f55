"""How many connections does the service make, how many does it hold, and how do they end?

The database counts them: those that were ever made, those that are there now, those that ended without a goodbye. The
service has one worker, so that requests meet in one process, whose pool they share.
"""

import asyncio
from asyncio import Task
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from onduty.checking import Because, task
from onduty.checking.bench import Bench, Subject
from onduty.lab.clients.answer import Answer
from onduty.lab.database.postgres import Postgres
from onduty.lab.hosting.service import Service
from onduty.lab.unmet import Unmet

MOST = 20
"""The connections that the service may hold, as the chapter's README says."""
REQUESTS = MOST + 5
"""So many requests with a connection each are more than any pool may make."""
# For what takes milliseconds when it is right.
WITHIN = 3.0
# Two dozen requests that take turns in a small pool: tenths of a second.
ALL_SERVED = 5.0
# psycopg's own pool lets 1, 2, 4 seconds pass between the dead connections it finds: 7 for the four it has by default.
PATIENT = 10.0
# A request with a connection to be had is in the database within hundredths of a second. Less than the second that a
# service may let a request wait for a connection.
ARRIVES = 0.8

MENU, LIST, ONE, REPORT = (
    "/api/v1/menu",
    "/api/v1/orders?customer_id=8&limit=100",
    "/api/v1/orders/7",
    "/api/v1/reports/nightly?date=2026-01-02",
)
REVENUE = (
    "SELECT sum(total_cents) FROM orders WHERE placed_at >= '2026-01-02 00:00Z' AND placed_at < '2026-01-03 00:00Z'"
)


@pytest.fixture
def service(onduty_bench: Bench, onduty_subject: Subject) -> Service:
    """The service with one worker."""
    return onduty_bench.service(onduty_subject, WEB_CONCURRENCY="1")


@task("06.1", id="connections-are-used-again")
async def test_a_connection_is_used_again(service: Service, postgres: Postgres, seed: Random) -> None:
    """Requests that come one after the other share connections, whichever endpoint they ask."""
    before = await postgres.sessions_started()
    for asked, (request, visit) in enumerate(VISITS.items(), start=1):
        for _ in range(REQUESTS):
            assert_served(await visit(service, postgres, seed), "the database was well")
        opened = await postgres.sessions_started() - before
        assert opened <= MOST, Because(
            "requests came one after the other, and the service went on making connections",
            expected=f"at most {MOST} connections, however many requests there are",
            observed=f"After {asked * REQUESTS} requests, the last {REQUESTS} of them {request}, it had made {opened}",
            likely="an engine, or a connection, is made for each request",
        )


@task("06.1", id="requests-work-side-by-side")
async def test_requests_work_side_by_side(service: Service, postgres: Postgres, seed: Random) -> None:
    """While one request waits in the database, others have a connection too, and use it again."""
    before = await postgres.sessions_started()
    async with orders_held(postgres) as held:
        held.append(service.later.get(LIST, within=30))
        await postgres.until_waiting(1)
        for _ in range(REQUESTS):
            menu = await read_menu(service, postgres, seed)
            assert menu.answer.status_code == 200, Because(
                "one request was waiting for a lock in the database, and the menu, which needs no lock, was not served",
                observed=repr(menu.answer),
                likely="all requests share one connection, and wait for each other",
            )
            assert menu.right, wrong_body(menu.answer)
        opened = await postgres.sessions_started() - before
        assert opened <= MOST, Because(
            "while one request was waiting in the database, the others had a new connection each",
            expected=f"at most {MOST} connections, however many requests there are",
            observed=f"For {REQUESTS + 1} requests, the service made {opened}",
            likely="an engine, or a connection, is made for each request",
        )
    answer = await held[0]
    assert answer.status_code == 200, Because(
        "a request had waited for a lock beside others, and was not answered when the lock was gone",
        observed=repr(answer),
        likely="requests disturb each other on one connection, or one session",
    )


@task("06.1", id="the-pool-has-an-end")
async def test_the_pool_has_an_end(service: Service, postgres: Postgres) -> None:
    """However many requests are in the database at once, the service holds no more connections than it may."""
    waiting = 0
    async with orders_held(postgres) as held, postgres.locked("products"):
        while True:
            held += [service.later.get(path, within=30) for path in (MENU, LIST, ONE, REPORT)]
            held.append(service.later.patch(ONE, json={"note": "oat milk"}, within=30))
            try:
                waiting = await postgres.until_waiting(waiting + 1, within=ARRIVES if waiting else 5)
            except Unmet:
                if not waiting:
                    raise
                break
            holding = await postgres.sessions()
            assert holding <= MOST, Because(
                "the more requests were in the database at once, the more connections the service held",
                expected=f"at most {MOST} connections; whoever comes when all are busy waits for one",
                observed=f"With {waiting} requests waiting there, it held {holding}",
                likely="connections belong to requests or threads; or there are several pools, or one without an end",
            )
    for answer in await asyncio.gather(*held):
        assert answer.status_code in (200, 503), Because(
            "requests had waited for a lock, or for a connection, and one was not answered when the lock was gone",
            expected="200, or 503 where nobody may wait so long for a connection",
            observed=repr(answer),
            likely="requests disturb each other on one connection, or waiting for one ends in an error nobody handles",
        )


@task("06.2", id="survives-a-failover")
async def test_the_service_survives_a_failover(service: Service, postgres: Postgres, seed: Random) -> None:
    """After the database has ended every connection, the next request is answered, whichever endpoint it asks."""
    with replaced_if_it_fails(service):
        for visit in VISITS.values():
            assert_served(await visit(service, postgres, seed), "the database was well")
        await menus_at_once(service)
        await end_every_session(postgres)
        # Whoever comes first may renew the pool for all: the write is the one that is not safe to ask again blindly.
        for visit in (change_note, list_orders, read_order, read_report, read_menu):
            assert_alive(await visit(service, postgres, seed, PATIENT))
        await use_every_connection(service)
        await end_every_session(postgres)
        for answer in await asyncio.gather(*(service.get(path, within=PATIENT) for path in (MENU, LIST, ONE, REPORT))):
            assert answer.status_code == 200, died_with_the_database(answer)


@task("06.3", id="errors-give-back")
async def test_a_request_that_fails_gives_its_connection_back(
    service: Service, postgres: Postgres, seed: Random
) -> None:
    """A request that ends in an error gives its connection back, with nothing left open on it."""
    missing, dropped_before = f"/api/v1/orders/{seed.randrange(10**6, 10**9)}", await abandoned_so_far(postgres)
    with replaced_if_it_fails(service):
        await all_missing(service, missing)  # and whatever an earlier check has left dead is replaced
        await nothing_left_open(postgres)
        before = await postgres.sessions_started()
        await all_missing(service, missing)
        opened = await postgres.sessions_started() - before
        assert opened <= MOST, Because(
            "requests for an order that does not exist came one after the other, and cost a connection each",
            expected=f"at most {MOST} new connections: a 404 says nothing against the one it was read on",
            observed=f"After {2 * REQUESTS} requests that ended in a 404, the service had made {opened}",
            likely="a request that fails throws its connection away, instead of giving it back",
        )
        async with orders_held(postgres) as held:
            held += [service.later.get(path, within=ALL_SERVED) for path in (ONE, REPORT) for _ in range(MOST // 2 + 2)]
            await cancel_until_answered(postgres, held)
        unanswered = [answer for answer in await asyncio.gather(*held) if answer.status_code is None]
        assert not unanswered, Because(
            f"the queries of {len(held)} requests were cancelled, and {len(unanswered)} of them were never answered",
            observed=repr(unanswered[0]),
            likely="a request whose query fails keeps its connection, and there is none left",
        )
        await nothing_left_open(postgres)
        dropped = await abandoned_so_far(postgres) - dropped_before
        assert dropped == 0, Because(
            f"{4 * REQUESTS + len(held)} requests had failed, and the service dropped connections",
            expected="no connection is dropped without a goodbye",
            observed=f"`sessions_abandoned` rose by {dropped}",
            likely="a request that fails leaves its connection to the garbage collector",
        )
        for visit in VISITS.values():
            assert_served(await visit(service, postgres, seed), "the requests before it had failed")


@task("06.4", id="says-goodbye")
async def test_the_service_says_goodbye(service: Service, postgres: Postgres, seed: Random) -> None:
    """When the platform stops the service, it closes each of its connections instead of dropping it."""
    for visit in VISITS.values():
        assert_served(await visit(service, postgres, seed), "the database was well")
    await menus_at_once(service)
    holding, before = await postgres.sessions(), await abandoned_so_far(postgres)
    ended = await service.stop()
    assert ended.clean, Because(
        "the platform asked the service to stop, and it did not end as it should",
        expected="exit status 0 or 143 after SIGTERM",
        observed=str(ended),
        likely="closing the connections fails, or waits for ever",
    )
    abandoned = await postgres.sessions_abandoned() - before
    assert abandoned == 0, Because(
        "the service was asked to stop, and dropped connections without a goodbye",
        expected="every connection is closed in order: `sessions_abandoned` in `pg_stat_database` does not rise",
        observed=f"It held {holding} when SIGTERM came, and `sessions_abandoned` rose by {abandoned}",
        likely="nobody disposes of the engine (or closes the pool) when the app shuts down",
    )


@dataclass(frozen=True)
class Visit:
    """A request whose right answer had just been made a new one."""

    answer: Answer
    shows: Callable[[Any], bool]

    @property
    def right(self) -> bool:
        """Whether the answer shows what is in the database."""
        return self.shows(self.answer.json())


async def read_menu(service: Service, postgres: Postgres, seed: Random, within: float = WITHIN) -> Visit:
    name = f"Night special {seed.randrange(10**9)}"
    await postgres.execute("UPDATE products SET name = %s WHERE id = 3", name)
    answer = await service.get(MENU, within=within)
    return Visit(answer, lambda menu: name in [item["name"] for item in menu["items"]])


async def list_orders(service: Service, postgres: Postgres, seed: Random, within: float = WITHIN) -> Visit:
    note = await new_note(postgres, seed)
    answer = await service.get(LIST, within=within)
    return Visit(answer, lambda page: (7, note) in [(order["id"], order["note"]) for order in page["items"]])


async def read_order(service: Service, postgres: Postgres, seed: Random, within: float = WITHIN) -> Visit:
    note = await new_note(postgres, seed)
    answer = await service.get(ONE, within=within)
    return Visit(answer, lambda order: bool(order["note"] == note))


async def change_note(service: Service, postgres: Postgres, seed: Random, within: float = WITHIN) -> Visit:
    note = f"table {seed.randrange(10**9)}"
    answer = await service.patch(ONE, json={"note": note}, within=within)
    await postgres.until_idle()  # a service may commit after it has answered: that is the subject of another chapter
    stored = await postgres.fetch_value("SELECT note FROM orders WHERE id = 7")
    return Visit(answer, lambda order: bool(order["note"] == note == stored))


async def read_report(service: Service, postgres: Postgres, seed: Random, within: float = WITHIN) -> Visit:
    await postgres.execute("UPDATE orders SET total_cents = %s WHERE id = 210", seed.randrange(10**6))
    answer = await service.get(REPORT, within=within)
    revenue = await postgres.fetch_value(REVENUE)
    return Visit(answer, lambda report: bool(report["revenue_cents"] == revenue))


async def all_missing(service: Service, path: str) -> None:
    for method, body in (("GET", None), ("PATCH", {"note": "oat milk"})):
        for nth in range(1, REQUESTS + 1):
            answer = await service.request(method, path, json=body, within=WITHIN)
            assert answer.status_code == 404, Because(
                f"{method} was sent {nth} times for an order that does not exist, one after the other; "
                "the last got no 404",
                observed=repr(answer),
                likely="each of these requests has kept its connection, and there is none left",
            )


async def use_every_connection(service: Service) -> None:
    """So many menus that a pool whose connections take turns has used each, and replaced the dead ones."""
    for _ in range(REQUESTS):
        menu = await service.get(MENU, within=WITHIN)
        assert menu.status_code == 200, Because(
            "the database was well, and a request was not served", observed=repr(menu)
        )


async def menus_at_once(service: Service) -> None:
    """Several requests, so that several connections are in use."""
    await asyncio.gather(*(service.get(MENU, within=WITHIN) for _ in range(4)))


VISITS: dict[str, Callable[..., Awaitable[Visit]]] = {
    "GET /api/v1/menu": read_menu,
    "GET /api/v1/orders": list_orders,
    "GET /api/v1/orders/7": read_order,
    "PATCH /api/v1/orders/7": change_note,
    "GET /api/v1/reports/nightly": read_report,
}


async def new_note(postgres: Postgres, seed: Random) -> str:
    note = f"table {seed.randrange(10**9)}"
    await postgres.execute("UPDATE orders SET note = %s WHERE id = 7", note)
    return note


@asynccontextmanager
async def orders_held(postgres: Postgres) -> AsyncIterator[list[Task[Answer]]]:
    """Hold the table `orders` for requests that are added to the list; afterwards none of them waits for it."""
    held: list[Task[Answer]] = []
    try:
        async with postgres.locked("orders"):
            yield held
    finally:
        if held:
            await asyncio.wait(held, timeout=5)


@contextmanager
def replaced_if_it_fails(service: Service) -> Iterator[None]:
    """A service that has lost its connections, or holds dead ones, is no use to the next check."""
    try:
        yield
    except BaseException:
        service.disturbed = True
        raise


async def cancel_until_answered(postgres: Postgres, requests: list[Task[Answer]]) -> None:
    """Cancel whatever the requests wait for in the database, until each has its answer: a query may be tried again."""
    while not all(request.done() for request in requests):
        await postgres.cancel_waiting()
        await asyncio.wait(requests, timeout=0.02)


async def nothing_left_open(postgres: Postgres) -> None:
    try:
        await postgres.until_idle(within=1.5)
    except Unmet as unmet:
        raise AssertionError(
            Because(
                "requests had failed and been answered, and something was still open in the database",
                expected=unmet.expected,
                observed=f"There were {unmet.observed}",
                likely="a request that fails does not close its session: what stands after `yield` is not reached",
            )
        ) from None


async def end_every_session(postgres: Postgres) -> None:
    """End them at rest: one that still has to roll back would tell the pool that it is dead before a request asks."""
    await postgres.until_idle()
    await postgres.terminate_sessions()


async def abandoned_so_far(postgres: Postgres) -> int:
    """What `postgres.sessions_abandoned()` says, while there are sessions."""
    query = "SELECT sessions_abandoned FROM pg_stat_database WHERE datname = current_database()"
    return int(await postgres.fetch_value(query))


def assert_served(visit: Visit, meanwhile: str) -> None:
    assert visit.answer.status_code == 200, Because(
        f"{meanwhile}, and a request was not served", observed=repr(visit.answer)
    )
    assert visit.right, wrong_body(visit.answer)


def assert_alive(visit: Visit) -> None:
    assert visit.answer.status_code == 200, died_with_the_database(visit.answer)
    assert visit.right, wrong_body(visit.answer)


def died_with_the_database(answer: Answer) -> Because:
    return Because(
        "the database had ended every connection and was there again at once, and the next request was not served",
        observed=repr(answer),
        likely="a pool hands out a connection without asking whether it still lives (this endpoint's may be its own)"
        if answer.status_code is not None
        else "the pool finds its dead connections one by one, and waits in between, instead of replacing all of them",
    )


def wrong_body(answer: Answer) -> Because:
    return Because(
        f"{answer.request} answered with a body that does not match the database",
        observed=answer.text[:300],
        likely="the rewrite changed what the endpoint reads, or an answer is remembered from an earlier request",
    )
