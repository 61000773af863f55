"""The platform ends an instance: who loses a request, who hears of it, and when is it over?

GRACE_SECONDS is 4, PAYMENTS_DEADLINE 1.5. A payment that comes 0.75 s after SIGTERM, while a right answer serves on, is
answered 2.25 s after it: two seconds of patience, counted from SIGTERM, are too few, and two counted from a port that
closes after one are enough. Only what has reached the provider within a second counts as taken. A port that is closed
by then is a matter of 20.3, not of 20.1, which asks for readiness only afterwards, for whoever has been asked may
leave. A right answer ends by itself within 3.5 s; a busy machine is given 7.5 s, and a limit of one's own that ignores
GRACE_SECONDS, such as the usual 10 or 30, is longer than that.

The proxy asks every 0.4 s, and SIGTERM comes just after it has asked; until it asks again it sends everything, 30
requests a second, to the instance that is told to stop. One that serves on for a second, as the contract says, is asked
twice meanwhile; a server that closes its port at once does so within 0.15 s, and seven requests meet the closed port. A
busy machine sends fewer, and there the proxy's question that hears no 503 tells the two apart. One worker for each
instance: it starts fastest.
"""

import asyncio
from asyncio import Task
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
from random import Random

import pytest

from onduty.checking import Because, task
from onduty.checking.bench import Bench, Subject
from onduty.lab.clients.answer import Answer
from onduty.lab.database.postgres import Postgres
from onduty.lab.hosting.deployment import Exit
from onduty.lab.hosting.instances import Instances
from onduty.lab.hosting.service import Service
from onduty.lab.recorder import Timeline
from onduty.lab.until import until
from onduty.lab.upstream.payments import Payments, silent

PLATFORM = {"GRACE_SECONDS": "4", "PAYMENTS_DEADLINE": "1.5", "WEB_CONCURRENCY": "1"}
PATIENCE = 7.5
PER_SECOND = 30
SERVES_ON = 1.0
"""For so long after SIGTERM every request that comes is served."""
PROVIDER_ANSWERS, LATE_GUEST = 0.3, 0.75
"""Seconds from SIGTERM to the answer of a slow provider, and to a guest whom the proxy still sends."""
SHOWS_WITHIN = 2.0
"""SIGTERM shows within 0.15 s, as a 503, or after a second at the most, when a port that served on is closed."""
LIVE, READY, MENU = "/health/live", "/health/ready", "/api/v1/menu"
CARD = {"card_token": "tok_visa"}
NOBODY_READY = "no instance is ready"
"""What the proxy says where it sends requests to no instance; in a deploy there is always one."""
SHELL = "the Procfile's line starts a shell, or another wrapper, which gets SIGTERM and does not pass it on"
NO_LIMIT = "nothing limits the wait for the last requests, or the limit is too long for GRACE_SECONDS"


@pytest.fixture
def service(onduty_bench: Bench, onduty_subject: Subject) -> Service:
    """The app under check, in one process, on a platform with little patience."""
    return onduty_bench.service(onduty_subject, **PLATFORM)


@task("20.1", id="finishes-what-was-begun")
async def test_payments_are_finished(
    service: Service, postgres: Postgres, payments: Payments, timeline: Timeline, seed: Random
) -> None:
    """After SIGTERM every payment that had begun is answered; then all is closed, and the service ends by itself."""
    abandoned = await sessions_abandoned(postgres)
    orders = [await place_order(postgres, seed) for _ in range(3)]
    held, *unanswered = (f"order-{order}" for order in orders)
    with (
        payments.held(on=held) as provider,
        payments.behaves(silent(), on=unanswered[0]),
        payments.behaves(silent(), on=unanswered[1]),
    ):
        paying = [pay(service, order) for order in orders[:2]]
        await payments.until_called(2)
        sigterm = timeline.now()
        async with told_to_stop(service) as stopping:
            await until(lambda: timeline.now() - sigterm >= PROVIDER_ANSWERS, within=SHOWS_WITHIN)
            provider.release()
            await until(lambda: timeline.now() - sigterm >= LATE_GUEST, within=SHOWS_WITHIN)
            asked = timeline.now() - sigterm
            paying.append(pay(service, orders[2]))
            live = await service.get(LIVE)
            await assert_it_shows(service)
            paid, timed_out, late = await asyncio.gather(*paying)
            ended = await stopping
    assert paid.status_code == 201, Because(
        "the platform sent SIGTERM while a payment was waiting for the provider, and the payment was cut off; the "
        "provider answered at once after that, and nobody was there to hear it",
        observed=f"{paid!r}; the service {ended}",
        likely="something ends the process at SIGTERM without waiting for the requests that it is working on",
    )
    await assert_paid(postgres, orders[0], paid)
    assert timed_out.status_code == 504, Because(
        "the platform sent SIGTERM while a payment was waiting for the provider, and the payment was cut off before "
        "PAYMENTS_DEADLINE, the longest that a caller waits",
        expected="504 at PAYMENTS_DEADLINE, which was 1.5 s; the platform waits 4 s",
        observed=f"{timed_out!r}; the service {ended}",
        likely="the time that the server gives to its last requests is shorter than the slowest of them",
    )
    taken = any(call.reference == unanswered[1] and call.at - sigterm < SERVES_ON for call in payments.calls)
    assert late.status_code == 504 or (late.status_code is None and not taken), Because(
        f"one more payment came {asked:.2f} s after SIGTERM, while the port was open, and it was not served as ever",
        expected="504 at PAYMENTS_DEADLINE, 1.5 s later; the platform waits 4 s",
        observed=f"{late!r}; the service {ended}",
        likely="the time for the last requests ends before a payment can that came while the service served on"
        if late.status_code is None
        else "whoever comes after SIGTERM is sent away; until the proxy has asked, only /health/ready says 503",
    )
    assert live.status_code in (200, None), Because(
        f"{asked:.2f} s after SIGTERM, while the port was open, the service did not say that it was alive",
        expected="200: one that is about to end is alive until then; a platform may kill one that says it is not",
        observed=repr(live),
        likely="/health/live says 503 from SIGTERM on, as /health/ready should",
    )
    assert ended.clean, Because(
        "the platform sent SIGTERM, and the service did not end by itself with exit status 0 or 143",
        observed=f"the payments that it took were answered; the service {ended}",
        likely=why_not_clean(service, ended),
    )
    dropped = await postgres.sessions_abandoned() - abandoned
    assert dropped == 0, Because(
        "the service ended without closing what it had opened",
        observed=f"Database connections that broke off without a goodbye: {dropped}",
        likely="the lifespan did not come to its end: the process was ended, or it left, before the server was done",
    )


@task("20.2", id="comes-to-an-end")
async def test_a_request_that_outlives_the_grace_is_ended(service: Service, postgres: Postgres) -> None:
    """A request that would outlive GRACE_SECONDS is given up in time, and the service ends by itself."""
    async with postgres.locked("products"):
        stuck = service.later.get(MENU, within=30)
        await postgres.until_waiting(1)
        async with told_to_stop(service) as stopping:
            await assert_it_shows(service)
            ended = await stopping
        answer = await stuck
    assert ended.clean, Because(
        "a request was stuck in the database when SIGTERM came, and the service did not end by itself, "
        "within GRACE_SECONDS and with exit status 0 or 143",
        observed=f"{answer!r}; the service {ended}",
        likely=why_not_clean(service, ended),
    )


@task("20.3", id="rolling-deploy", limit=90, copies=4)
async def test_nobody_notices_a_deploy(instances: Instances, postgres: Postgres, seed: Random) -> None:
    """Two instances are replaced in turn under a steady stream of requests, and not one of them fails."""
    special = await new_product(postgres, seed)
    old = await instances.start(2, **PLATFORM)
    async with instances.proxy.steady_load(MENU, per_second=PER_SECOND) as load:
        await load.until_answered(10)
        ended = await instances.replace_each()
        await load.until_answered(10)
    assert not load.failed, Because(
        f"two instances were replaced in turn, and {len(load.failed)} of {len(load.answers)} requests failed",
        observed=counted(load.failed),
        likely=why_requests_failed(instances, old, ended, load.failed),
        evidence=tuple(what_the_proxy_heard(instances, old, ended)),
    )
    unannounced = [service for service in old if 503 not in told_proxy(instances, service)]
    assert not unannounced, Because(
        "two instances were replaced in turn, and the proxy learned only from their silence that they had gone",
        expected="503 from GET /health/ready as soon as SIGTERM has come, on a port that is still open",
        observed=f"no request failed, by luck; the proxy never heard a 503 from {len(unannounced)} of them",
        likely=why_requests_failed(instances, old, ended, load.failed),
        evidence=tuple(what_the_proxy_heard(instances, old, ended)),
    )
    strange = [answer for answer in load.answers if special not in answer.text]
    assert not strange, Because(
        "while instances were replaced, the menu was answered with a body that does not match the database",
        observed=f"{strange[0]!r}: {strange[0].text[:200]}",
        likely="an instance that is about to end answers requests otherwise than before",
    )


async def place_order(postgres: Postgres, seed: Random) -> int:
    """An order as the till leaves it: placed, not paid."""
    order = await postgres.fetch_value(
        "INSERT INTO orders (customer_id, total_cents) VALUES (4, %s) RETURNING id", seed.randrange(300, 9_000)
    )
    return int(order)


async def new_product(postgres: Postgres, seed: Random) -> str:
    """A product that only this run knows; return its name."""
    name = f"Night special {seed.randrange(10**6)}"
    await postgres.execute(
        "INSERT INTO products (sku, name, price_cents, stock) VALUES (gen_random_uuid(), %s, 100, 9)", name
    )
    return name


async def sessions_abandoned(postgres: Postgres) -> int:
    """How many connections broke off without a goodbye before this service was started."""
    query = "SELECT sessions_abandoned FROM pg_stat_database WHERE datname = current_database()"
    return int(await postgres.fetch_value(query))


def pay(service: Service, order: int) -> Task[Answer]:
    """Begin to pay for an order."""
    return service.later.post(f"/api/v1/orders/{order}/payment", json=CARD, within=30)


@asynccontextmanager
async def told_to_stop(service: Service) -> AsyncIterator[Task[Exit]]:
    """Stop the service as the platform does; the block begins when SIGTERM is sent."""
    stopping = asyncio.create_task(service.stop(PATIENCE))
    try:
        await until(lambda: service.disturbed, within=SHOWS_WITHIN)
        yield stopping
    finally:
        stopping.cancel()


async def assert_it_shows(service: Service) -> None:
    """Wait until a service that is told to stop is not ready, or takes no connection."""
    orphans = False

    async def shows() -> bool:
        nonlocal orphans
        main_process_ended = not service.alive
        ready = (await service.get(READY, within=SHOWS_WITHIN)).status_code == 200
        orphans = main_process_ended and ready
        return orphans or not ready

    shown = await until(shows, within=SHOWS_WITHIN)
    assert not orphans, Because(
        "the platform sent SIGTERM to the process that it had started; that one ended, and the server went on",
        observed=f"GET {READY} is still answered with 200, by {', '.join(map(str, service.processes()))}",
        likely=SHELL,
    )
    assert shown, Because(
        f"the platform sent SIGTERM, and {SHOWS_WITHIN:g} s later the service went on as if nothing had happened",
        likely="SIGTERM is ignored, or a handler keeps it from the server",
    )


async def assert_paid(postgres: Postgres, order: int, answer: Answer) -> None:
    status = await postgres.fetch_value("SELECT status FROM orders WHERE id = %s", order)
    reference = await postgres.fetch_value("SELECT provider_ref FROM payments WHERE order_id = %s", order)
    assert (status, reference) == ("paid", answer.json()["provider_ref"]), Because(
        f"a payment was answered after SIGTERM, and order {order} is not paid in the database",
        observed=f"In the database the order is {status!r}, its payment {reference!r}. The answer: {answer.text[:200]}",
        likely="what the last requests need to finish was closed before they were done",
    )


def why_not_clean(service: Service, ended: Exit) -> str:
    if not ended.killed:
        return "whatever ends the process at SIGTERM lets it end as a failure"
    return SHELL if left_by_its_parent(service, ended) else NO_LIMIT


def left_by_its_parent(service: Service, ended: Exit) -> bool:
    return ended.killed and all(process.pid != service.pid for process in ended.left)


def counted(failed: list[Answer]) -> str:
    found = Counter(f"{answer!r}{said(answer)}" for answer in failed)
    return "; ".join(f"{what}, {times} times" if times > 1 else what for what, times in found.most_common())


def said(answer: Answer) -> str:
    """What the proxy said in place of an instance."""
    return f" ({answer.text})" if answer.status_code in (502, 503) and len(answer.text) < 80 else ""


def why_requests_failed(instances: Instances, old: list[Service], ended: list[Exit], failed: list[Answer]) -> str:
    if any(map(left_by_its_parent, old, ended)):
        return SHELL
    if any(answer.text == NOBODY_READY for answer in failed):
        return (
            "an instance that nobody had told to end did not answer /health/ready in time: one request keeps all "
            "others waiting (chapter 05), or each opens a connection of its own (chapter 06)"
        )
    if any(503 not in told_proxy(instances, service) for service in old):
        return (
            "the proxy was told by nobody: /health/ready must say 503 from SIGTERM on, and the port stay open "
            "until the proxy has asked, while every other request is served as before"
        )
    if any(end.killed for end in ended):
        return NO_LIMIT
    return "between SIGTERM and the proxy's next question an instance does not serve every request as before"


def told_proxy(instances: Instances, service: Service) -> list[int | None]:
    return [answer.status_code for answer in instances.proxy.heard(service)]


def what_the_proxy_heard(instances: Instances, old: list[Service], ended: list[Exit]) -> list[str]:
    lines = []
    for number, (service, end) in enumerate(zip(old, ended, strict=True), start=1):
        outcomes = [outcome for outcome, _ in groupby(answer.outcome for answer in instances.proxy.heard(service))]
        lines.append(f"instance {number}: ready? {', then '.join(outcomes)}; it {end}")
    return lines
