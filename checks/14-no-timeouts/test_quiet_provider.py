"""The payment provider goes quiet. Who waits, how long, and what are they told?

PAYMENTS_DEADLINE is 0.3 s here, and an answer may take five times that: a right one takes the deadline and a few
hundredths of a second, a wrong one takes for ever. Where the provider must be heard *before* the deadline, it answers
at once, or the deadline is 20 s. One worker, so that calls meet in one process, whichever server it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest

from onduty.checking import Because, task
from onduty.checking.bench import Bench, Subject
from onduty.lab.clients.answer import Answer
from onduty.lab.database.postgres import Postgres
from onduty.lab.hosting.platform import Platform
from onduty.lab.hosting.service import Service
from onduty.lab.unmet import Unmet
from onduty.lab.until import until
from onduty.lab.upstream.payments import (
    Behaviour,
    Payments,
    cut,
    decline,
    dribble,
    dribble_head,
    fail,
    headers_only,
    never_accept,
    nonsense,
    refuse,
    silent,
)

DEADLINE = 0.3
WITHIN = 5 * DEADLINE
# For what takes milliseconds when it is right.
AT_ONCE = 3.0
PATIENT = 20.0
# The first payment opens every connection, which a busy machine may not do within the deadline.
CHANCES = 3
CARD = {"card_token": "tok_visa"}
STOCK, PIECES = 70, 3

QUEUED = "calls wait for one another, and the deadline begins only afterwards; it is the caller's, so begin it first"
SILENT = "took the call and said nothing"
HEAD_ONLY = "sent the head of an answer and no body"
DRIBBLED_BODY = "sent the body of its answer byte by byte, for ever"
DRIBBLED_HEAD = "sent the head of its answer byte by byte, for ever"
# Each way twice, eight calls at once: whoever queues for a turn outside the deadline waits longer than WITHIN.
EACH = 2
# A tenth of the deadline between two bytes: a time-out for each read has no reason to fire.
BYTE_BY_BYTE = DEADLINE / 10
QUIET: dict[str, Callable[[], Behaviour]] = {
    SILENT: silent,
    HEAD_ONLY: headers_only,
    DRIBBLED_BODY: lambda: dribble(BYTE_BY_BYTE),
    DRIBBLED_HEAD: lambda: dribble_head(BYTE_BY_BYTE),
}


@pytest.fixture
def service(onduty_bench: Bench, onduty_subject: Subject) -> Service:
    """The app under check, in one process, with a short deadline."""
    return onduty_bench.service(onduty_subject, PAYMENTS_DEADLINE=str(DEADLINE), WEB_CONCURRENCY="1")


@task("14.1", id="ends-in-time")
async def test_a_payment_ends_in_time(service: Service, postgres: Postgres, payments: Payments, seed: Random) -> None:
    """A payment ends within its deadline, whatever the provider leaves undone: answered, and the call over."""
    await paid_order(service, postgres, seed)
    ways = list(QUIET) * EACH
    orders = [await place_order(postgres, seed) for _ in ways]
    earlier = len(payments.calls)
    with ExitStack() as standing:
        for order, way in zip(orders, ways, strict=True):
            standing.enter_context(payments.behaves(QUIET[way](), on=f"order-{order}"))
        answers = await at_once(pay(service, order, within=WITHIN) for order in orders)
        assert_timed_out(ways, answers)
        await until_closed(payments, orders, earlier)
    await assert_unpaid(postgres, orders, "had timed out")
    again = await pay(service, orders[0])
    assert again.status_code == 201, Because(
        "the provider was well again, and an order whose payment had timed out could not be paid",
        observed=repr(again),
        likely="a payment that did not succeed has changed the order, or the call that timed out still holds something",
    )
    await assert_paid(postgres, orders[0], again)


@task("14.1", id="never-accepts")
async def test_a_payment_is_answered_in_time_when_nobody_picks_up(
    service: Service, postgres: Postgres, payments: Payments, seed: Random
) -> None:
    """A payment ends within its deadline also when the provider does not even take the connection."""
    order = await place_order(postgres, seed)
    with payments.behaves(never_accept()):
        answer = await pay(service, order, within=WITHIN)
    assert_timed_out(["did not take the connection"], [answer])
    await assert_unpaid(postgres, [order], "had timed out")


@task("14.2", id="every-call")
async def test_every_call_ends_in_time(service: Service, postgres: Postgres, payments: Payments, seed: Random) -> None:
    """Reading a payment and cancelling a paid order end in time as well, and leave everything as it was."""
    ways = [SILENT, DRIBBLED_BODY] * 2 * EACH
    half = len(ways) // 2
    product = await new_product(postgres, seed)
    orders = [await paid_order(service, postgres, seed, product) for _ in ways]
    read, cancelled = orders[:half], orders[half:]
    earlier = len(payments.calls)
    with ExitStack() as standing:
        for order, way in zip(orders, ways, strict=True):
            standing.enter_context(payments.behaves(QUIET[way](), on=f"order-{order}"))
        answers = await at_once(
            [service.get(f"/api/v1/orders/{order}/payment", within=WITHIN) for order in read]
            + [service.post(f"/api/v1/orders/{order}/cancellation", within=WITHIN) for order in cancelled]
        )
        assert_timed_out(ways[:half], answers[:half])
        assert_timed_out(ways[half:], answers[half:])
        await until_closed(payments, orders, earlier)
    await assert_untouched(postgres, orders, product)


@task("14.2", id="calls-still-work")
async def test_the_other_calls_still_work(
    service: Service, postgres: Postgres, payments: Payments, seed: Random
) -> None:
    """With the provider well, a payment can be read, and a paid order can be cancelled and is refunded."""
    product = await new_product(postgres, seed)
    order = await paid_order(service, postgres, seed, product)
    read = await service.get(f"/api/v1/orders/{order}/payment", within=AT_ONCE)
    assert read.status_code == 200, Because("a payment could not be read", observed=repr(read))
    assert read.json()["provider_status"] == "succeeded", wrong_body(read)
    cancelled = await service.post(f"/api/v1/orders/{order}/cancellation", within=AT_ONCE)
    assert cancelled.status_code == 200, Because("a paid order could not be cancelled", observed=repr(cancelled))
    assert cancelled.json()["status"] == "cancelled", wrong_body(cancelled)
    charges = [charge["status"] for charge in payments.charges if charge["reference"] == f"order-{order}"]
    assert charges == ["refunded"], Because(
        f"order {order} was paid and cancelled, and the provider does not have one charge for it, refunded",
        observed=f"Charges at the provider: {', '.join(charges) or 'none'}",
        likely="the call for the refund was lost in the rewrite",
    )
    await soon(postgres, "SELECT stock <> %s FROM products WHERE id = %s", STOCK, product)
    given_back = await stock(postgres, product) - STOCK
    assert given_back == PIECES, Because(
        f"an order of {PIECES} pieces was cancelled, and the stock of its product rose by {given_back}"
    )


@task("14.3", id="slow-is-not-late")
async def test_a_slow_provider_is_waited_for(
    service: Service, platform: Platform, postgres: Postgres, payments: Payments, seed: Random
) -> None:
    """A provider that is slow but in time is waited for, and everybody else is served meanwhile."""
    patient = await platform.start(PAYMENTS_DEADLINE=str(PATIENT), WEB_CONCURRENCY="1")
    name = f"Night special {seed.randrange(10**6)}"
    await postgres.execute("UPDATE products SET name = %s WHERE id = 3", name)
    orders = [await place_order(postgres, seed) for _ in range(6)]
    hurried = await place_order(postgres, seed)
    with payments.held() as held:
        slow = [patient.later.post(f"/api/v1/orders/{order}/payment", json=CARD, within=30) for order in orders]
        await held.until(1)
        for path in ("/health/live", "/api/v1/menu"):
            served = await patient.get(path, within=AT_ONCE)
            assert served.status_code == 200, Because(
                "payments were waiting for the provider, and the whole process waited with them",
                observed=repr(served),
                likely="a synchronous call in an `async def`: it keeps the event loop, and no deadline interrupts it",
            )
        assert name in [item["name"] for item in served.json()["items"]], wrong_body(served)
        await assert_unpaid(postgres, orders, "was still waiting for the provider")
        # This one comes after the others and may take 0.3 s, not 20. One that ends before it had another deadline.
        await pay(service, hurried, within=WITHIN)
        assert not any(payment.done() for payment in slow), Because(
            f"PAYMENTS_DEADLINE was {PATIENT:g}, and a payment was given up long before that",
            observed=next((repr(payment.result()) for payment in slow if payment.done()), None),
            likely="the deadline is a number in the code, or the client has a shorter one of its own",
        )
        held.release()
        answers = await asyncio.gather(*slow)
    for order, answer in zip(orders, answers, strict=True):
        assert answer.status_code == 201, Because(
            f"PAYMENTS_DEADLINE was {PATIENT:g}, the provider answered long before that, and the payment failed",
            observed=repr(answer),
            likely="the client has a time-out that is shorter than the deadline, or the answer was not read",
        )
        await assert_paid(postgres, order, answer)


@task("14.3", id="failures-are-told")
async def test_a_failure_is_told_from_a_time_out(
    service: Service, postgres: Postgres, payments: Payments, seed: Random
) -> None:
    """A provider that refuses, fails, breaks off or answers nonsense is a 502, and nothing has changed."""
    for what, failure in (
        ("refused the connection", refuse()),
        ("answered 503", fail(503)),
        ("broke off in the middle of its answer", cut()),
        ("answered with a page of HTML", nonsense()),
        ("answered with JSON of another shape", nonsense(f"[{seed.randrange(10**6)}]")),
        ("answered with an empty JSON object", nonsense("{}")),
    ):
        product = await new_product(postgres, seed)
        order, paid = await place_order(postgres, seed), await paid_order(service, postgres, seed, product)
        with payments.behaves(failure):
            told = [
                await pay(service, order),
                await service.get(f"/api/v1/orders/{paid}/payment", within=AT_ONCE),
                await service.post(f"/api/v1/orders/{paid}/cancellation", within=AT_ONCE),
            ]
        for answer in told:
            assert answer.status_code == 502, Because(
                f"the provider {what}, and the caller was not told so",
                expected="502: the provider failed; neither did we, nor was it late",
                observed=repr(answer),
                likely=why_not_502(answer),
            )
        await assert_unpaid(postgres, [order], "had failed")
        await assert_untouched(postgres, [paid], product)


@task("14.3", id="declined-stays-declined")
async def test_a_declined_card_stays_declined(
    service: Service, postgres: Postgres, payments: Payments, seed: Random
) -> None:
    """A declined card is a 402, and the order is not paid."""
    orders = [await place_order(postgres, seed) for _ in range(2)]
    with payments.behaves(decline()):
        answers = [await pay(service, orders[0])]
    answers.append(await pay(service, orders[1], {"card_token": f"tok_declined_{seed.randrange(10**6)}"}))
    for answer in answers:
        assert answer.status_code == 402, Because(
            "the provider declined the card, and the till was told something else",
            observed=repr(answer),
            likely="a fallback or an `except` takes a no for silence: the provider did answer",
        )
    await assert_unpaid(postgres, orders, "was declined")


@task("14.4", id="connections-are-kept")
async def test_connections_are_kept(service: Service, postgres: Postgres, payments: Payments, seed: Random) -> None:
    """Payments made one after the other use the same connection again."""
    orders = [await place_order(postgres, seed) for _ in range(8)]
    before = payments.connections
    for order in orders:
        answer = await pay(service, order)
        assert answer.status_code == 201, Because(
            "a payment failed though the provider was well", observed=repr(answer)
        )
    opened, processes = payments.connections - before, len(service.processes())
    assert opened <= processes, Because(
        f"{len(orders)} payments, one after the other, took {opened} connections to the provider",
        expected=f"one connection for each of the service's {processes} processes at most",
        observed=f"Connections opened: {opened}",
        likely="each call makes a client of its own, and throws its connections away with it",
    )


def pay(
    service: Service, order: int, card: dict[str, str] = CARD, within: float = AT_ONCE
) -> Coroutine[Any, Any, Answer]:
    return service.post(f"/api/v1/orders/{order}/payment", json=card, within=within)


async def at_once(requests: Iterable[Awaitable[Answer]]) -> list[Answer]:
    return list(await asyncio.gather(*requests))


async def new_product(postgres: Postgres, seed: Random) -> int:
    product = await postgres.fetch_value(
        "INSERT INTO products (sku, name, price_cents, stock) VALUES (gen_random_uuid(), %s, 100, %s) RETURNING id",
        f"Night special {seed.randrange(10**6)}",
        STOCK,
    )
    return int(product)


async def stock(postgres: Postgres, product: int) -> int:
    return int(await postgres.fetch_value("SELECT stock FROM products WHERE id = %s", product))


async def place_order(postgres: Postgres, seed: Random, product: int = 2) -> int:
    """An order as the till leaves it: placed, not paid."""
    order = await postgres.fetch_value(
        "WITH placed AS (INSERT INTO orders (customer_id, total_cents) VALUES (4, %s) RETURNING id)"
        " INSERT INTO order_lines SELECT id, 1, %s, %s, 100 FROM placed RETURNING order_id",
        seed.randrange(300, 9_000),
        product,
        PIECES,
    )
    return int(order)


async def paid_order(service: Service, postgres: Postgres, seed: Random, product: int = 2) -> int:
    for _ in range(CHANCES):
        order = await place_order(postgres, seed, product)
        answer = await pay(service, order)
        if answer.status_code != 504:
            break
    assert answer.status_code == 201, Because("a payment failed though the provider was well", observed=repr(answer))
    await assert_paid(postgres, order, answer)
    return order


async def until_closed(payments: Payments, orders: list[int], earlier: int) -> None:
    """Wait until nobody is at the other end of the later calls about these orders; none of them was answered.

    Not every request has led to a call: one that waited for a free connection may have timed out there.
    """
    about = {f"order-{order}" for order in orders}
    calls = [call for call in payments.calls[earlier:] if call.reference in about]
    try:
        while any(call.given_up_at is None for call in calls):
            so_far = sum(call.given_up_at is not None for call in payments.calls)
            await payments.until_given_up(so_far + 1, within=WITHIN)
    except Unmet:
        going_on = sum(call.given_up_at is None for call in calls)
        raise AssertionError(
            Because(
                "the caller had been told that time was up, and the call to the provider went on",
                expected="the service closes the connection of a call that has timed out",
                observed=f"Of {len(calls)} calls, {going_on} still had an open connection {WITHIN:g} s later",
                likely="the call runs in a thread, a task or a shield; only the waiting for it has ended",
            )
        ) from None


def assert_timed_out(ways: list[str], answers: list[Answer]) -> None:
    """All of these are the same request: where one was told in time, the next one met the same provider."""
    told = {way for way, answer in zip(ways, answers, strict=True) if answer.status_code == 504}
    for way, answer in zip(ways, answers, strict=True):
        assert answer.status_code == 504, Because(
            f"the provider {way}, and the caller had no 504 within {WITHIN:g} s; PAYMENTS_DEADLINE was {DEADLINE:g}",
            observed=repr(answer),
            likely=QUEUED if answer.status_code is None and way in told else why_not_504(way, answer),
        )


def why_not_504(way: str, answer: Answer) -> str:
    if answer.status_code is None and way in (DRIBBLED_BODY, DRIBBLED_HEAD):
        return "a time-out limits each read, and every byte starts it anew; put a deadline around the whole call"
    if answer.status_code is None:
        return "nothing limits this call, or something much longer than PAYMENTS_DEADLINE does"
    if answer.status_code in (200, 201):
        return "silence is taken for a yes, or the provider is not waited for"
    return "the time-out is caught as another failure (`httpx.TimeoutException` is an `httpx.HTTPError`), or by nobody"


def why_not_502(answer: Answer) -> str:
    if answer.status_code == 504:
        return "whatever goes wrong is called a time-out"
    if answer.status_code == 500:
        return "httpx raises when there is no whole answer, and reading nonsense raises as well; nobody catches it"
    if answer.status_code in (200, 201):
        return "whatever arrives is taken for a yes; check that the answer has the fields that you read"
    return "a failure is taken for something the caller did"


async def assert_unpaid(postgres: Postgres, orders: list[int], when: str) -> None:
    """No payment may be seen in the database, and every order is still to be paid."""
    for order in orders:
        status = await postgres.fetch_value("SELECT status FROM orders WHERE id = %s", order)
        rows = await postgres.fetch_value("SELECT count(*) FROM payments WHERE order_id = %s", order)
        assert (status, rows) == ("placed", 0), Because(
            f"the payment of order {order} {when}, and the order did not stay `placed`",
            observed=f"In the database it is {status!r}, with {rows} payments",
            likely="the order is changed before the provider has said yes, or although it has not",
        )


async def assert_untouched(postgres: Postgres, orders: list[int], product: int) -> None:
    """Orders that were paid are paid, not refunded, and their goods are not back in stock."""
    for order in orders:
        status = await postgres.fetch_value("SELECT status FROM orders WHERE id = %s", order)
        payment = await postgres.fetch_value("SELECT status FROM payments WHERE order_id = %s", order)
        assert (status, payment) == ("paid", "paid"), Because(
            f"a call about order {order} came to nothing, and the order or its payment has changed",
            observed=f"In the database the order is {status!r} and its payment {payment!r}",
            likely="the database is changed before the provider has answered",
        )
    change = await stock(postgres, product) - STOCK
    assert change == 0, Because(
        "a cancellation came to nothing, and its goods are back in stock",
        observed=f"The stock of product {product} changed by {change} pieces",
        likely="the stock is given back before the provider has answered",
    )


async def soon(postgres: Postgres, query: str, *values: object) -> bool:
    """Whether the database comes to say yes: an answer may be out before its commit, which is chapter 08's to mend."""

    async def says_yes() -> bool:
        return bool(await postgres.fetch_value(query, *values))

    return await until(says_yes, within=AT_ONCE)


async def assert_paid(postgres: Postgres, order: int, answer: Answer) -> None:
    await soon(postgres, "SELECT count(*) FROM payments WHERE order_id = %s", order)
    stored = await postgres.fetch_one(
        "SELECT o.status, total_cents, provider_ref FROM orders o JOIN payments ON order_id = o.id WHERE o.id = %s",
        order,
    )
    assert stored is not None, Because(
        f"the answer said that order {order} was paid; the database has no payment of it",
        observed=repr(answer),
        likely="the payment is not committed, or a fallback answers 201 without one",
    )
    body = answer.json()
    expected = {"order_id": order, "status": "paid", "amount_cents": stored["total_cents"]}
    assert {name: body[name] for name in expected} == expected, wrong_body(answer)
    assert (stored["status"], stored["provider_ref"]) == ("paid", body["provider_ref"]), wrong_body(answer)


def wrong_body(answer: Answer) -> Because:
    return Because(
        f"{answer.request} answered with a body that does not fit the database or the provider",
        observed=answer.text[:300],
        likely="the rewrite changed what the endpoint reads or says",
    )
