"""What does the database read to answer one question, and does it read more when the shop has grown?

Counted are blocks, the 8 KiB pages that PostgreSQL keeps tables and indexes in: the same number on every machine. A
right answer touches as many before the shop grows as after; NOISE is for an index that got one level deeper, and for
rows that lie a little further apart. A table read whole gains a hundred blocks here, an index read whole about thirty.

A row of the answer is changed before each question that is counted: an earlier answer is then none to this one, and an
answer that is kept until something changes is counted with what it costs to find it anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import psycopg

from onduty.checking import Because, task
from onduty.lab.database.postgres import Postgres
from onduty.lab.database.usage import Query
from onduty.lab.hosting.service import Service

NOISE = 10
GROWTH = 8_000
ASKED = 6  # times for the truth: an answer that one of the processes remembers must not hide behind the other's
CHANGED = {
    "orders": "UPDATE orders SET total_cents = total_cents + 1 WHERE id = %s",
    "customers": "UPDATE customers SET name = name || '.' WHERE id = %s",
}
NEWEST = "SELECT max(id) FROM orders WHERE customer_id = %s"
NOTHING_ASKED = Query("(no statement)", 0, 0, 0)
MORE_THAN_NEEDED = "an index is used, and more is read than the answer needs: look at its columns and their order"
REMEMBERED = "an answer is remembered from an earlier request, or only a part or a copy of the table is looked at"


@task("09.1", id="one-customer")
async def test_one_customers_orders(service: Service, postgres: Postgres, seed: Random) -> None:
    """One customer's newest orders cost the same however many orders there are, theirs or anybody's."""
    regular, newcomer = seed.randint(1, 20), seed.randint(21, 60)
    path = f"/api/v1/orders?customer_id={regular}"
    theirs = await postgres.fetch_value(NEWEST, newcomer)
    short_history = await cost(service, postgres, f"/api/v1/orders?customer_id={newcomer}", "orders", theirs)
    shown = await postgres.fetch_value(NEWEST, regular)
    before = await cost(service, postgres, path, "orders", shown)
    assert before.blocks <= short_history.blocks + NOISE, await dearer_for_regulars(postgres, before, short_history)
    await trade(postgres)
    after = await cost(service, postgres, path, "orders", shown)
    assert after.blocks <= before.blocks + NOISE, await grew(postgres, "orders", before, after)
    newest = await add_order(postgres, regular, seed.randint(300, 90_000))
    page = "SELECT id FROM orders WHERE customer_id = %s ORDER BY placed_at DESC, id DESC LIMIT 20"
    await expect_orders(service, path, await postgres.fetch(page, regular), f"order {newest} had just been placed")


@task("09.1", id="kitchen-queue")
async def test_the_kitchens_queue(service: Service, postgres: Postgres, seed: Random) -> None:
    """The kitchen's queue costs the same however many orders have been served."""
    path = "/api/v1/orders?status=placed&limit=100"
    forgotten = seed.randint(2_000, 9_000)
    await postgres.execute("UPDATE orders SET status = 'placed' WHERE id = %s", forgotten)
    queue = "SELECT id FROM orders WHERE status = 'placed' ORDER BY placed_at DESC, id DESC LIMIT 100"
    before = await cost(service, postgres, path, "orders", forgotten)
    await trade(postgres)
    after = await cost(service, postgres, path, "orders", forgotten)
    assert after.blocks <= before.blocks + NOISE, await grew(postgres, "orders", before, after)
    happened = f"order {forgotten}, placed long ago, was still waiting for the kitchen"
    await expect_orders(service, path, await postgres.fetch(queue), happened)
    await postgres.execute("UPDATE orders SET status = 'served' WHERE id = %s", forgotten)
    await expect_orders(service, path, await postgres.fetch(queue), f"order {forgotten} had just been served")


@task("09.2", id="one-night")
async def test_one_night(service: Service, postgres: Postgres, seed: Random) -> None:
    """The report of one night costs the same however many nights there have been."""
    night = date(2024, 1, 1) + timedelta(days=seed.randrange(500))
    path = f"/api/v1/reports/nightly?date={night}"
    of_the_night = "(placed_at AT TIME ZONE 'UTC')::date = %s AND status <> 'cancelled'"
    some = await postgres.fetch_value(f"SELECT min(id) FROM orders WHERE {of_the_night}", night)
    before = await cost(service, postgres, path, "orders", some)
    await trade(postgres)
    after = await cost(service, postgres, path, "orders", some)
    assert after.blocks <= before.blocks + NOISE, await grew(postgres, "orders", before, after)
    await postgres.execute("UPDATE orders SET total_cents = %s WHERE id = %s", seed.randint(9_000, 90_000), some)
    totals = f"SELECT count(*) AS orders, sum(total_cents) AS revenue_cents FROM orders WHERE {of_the_night}"
    [truth] = await postgres.fetch(totals, night)
    for _ in range(ASKED):
        report = (await service.get(path)).json()
        assert {name: report[name] for name in truth} == truth, Because(
            f"the total of order {some}, of the night of {night}, had just been changed",
            observed=f"the report says {report['orders']} orders and {report['revenue_cents']} cents; "
            f"the table says {truth['orders']} and {truth['revenue_cents']}",
            likely=REMEMBERED,
        )


@task("09.2", id="one-address")
async def test_one_address(service: Service, postgres: Postgres, seed: Random) -> None:
    """An e-mail address is found in any case of its letters, at the same cost however many customers there are."""
    name = f"{seed.choice(['Ada', 'Grace', 'Edsger'])}_{seed.randrange(10**6)}"
    customer = await sign_up(postgres, f"{name}@Example.org")
    await sign_up(postgres, f"{name.replace('_', 'x')}@Example.org")
    path = f"/api/v1/customers?email={name.lower()}@example.ORG"
    before = await cost(service, postgres, path, "customers", customer)
    await postgres.execute(
        "INSERT INTO customers (email, name, password_hash) "
        "SELECT 'Also.' || n || '@Example.org', 'Also ' || n, repeat('x', 96) FROM generate_series(1, 4000) AS n"
    )
    await postgres.execute("VACUUM ANALYZE customers")
    after = await cost(service, postgres, path, "customers", customer)
    assert after.blocks <= before.blocks + NOISE, await grew(postgres, "customers", before, after)
    await expect_customers(service, path, [customer])
    await expect_customers(service, f"/api/v1/customers?email={name.upper()}@EXAMPLE.org", [customer])
    await postgres.execute("UPDATE customers SET email = %s WHERE id = %s", f"Moved.{name}@example.org", customer)
    await expect_customers(service, path, [])
    await expect_customers(service, f"/api/v1/customers?email=moved.{name.lower()}@example.org", [customer])


@dataclass(frozen=True)
class Cost:
    """What one request made the database touch."""

    request: str
    blocks: int
    most_of_it: Query


async def cost(service: Service, postgres: Postgres, path: str, table: str, row: int) -> Cost:
    """Ask three times, take the cheapest: on a new connection the database looks up what it then remembers.

    The row is one of the answer's, and changed each time.
    """
    costs = []
    for _ in range(3):
        await postgres.execute(CHANGED[table], row)
        async with postgres.measured() as usage:
            answer = await service.get(path)
        assert answer.status_code == 200, Because(
            f"{answer.request} was to be answered with 200",
            likely="the query that was changed is refused by the database, or the answer no longer has its shape",
        )
        costs.append(Cost(answer.request, usage.blocks, usage.queries[0] if usage.queries else NOTHING_ASKED))
    return min(costs, key=lambda cost: cost.blocks)


async def dearer_for_regulars(postgres: Postgres, regular: Cost, newcomer: Cost) -> Because:
    plan = await steps_of(postgres, regular.most_of_it.sql)
    return Because(
        f"{regular.request} is about a customer with 300 orders, {newcomer.request} about one with some 22",
        expected="both show 20 orders, and touch as many blocks",
        observed=f"it touched {regular.blocks} blocks for the one and {newcomer.blocks} for the other",
        likely="all orders of the customer are read and sorted to keep 20: the index does not have them in order"
        if "Sort" in plan
        else MORE_THAN_NEEDED,
        evidence=evidence(regular, plan),
    )


async def grew(postgres: Postgres, table: str, before: Cost, after: Cost) -> Because:
    plan = await steps_of(postgres, after.most_of_it.sql)
    return Because(
        f"the table {table} got some thousand rows that {after.request} does not ask for",
        observed=f"it touched {before.blocks} blocks before and {after.blocks} after: each new row makes it dearer",
        likely=f"no index of {table} fits the question, so the whole table is read"
        if f"Seq Scan on {table}" in plan
        else MORE_THAN_NEEDED,
        evidence=evidence(after, plan),
    )


def evidence(cost: Cost, plan: list[str]) -> tuple[str, ...]:
    costliest = f"{cost.most_of_it.blocks} of {cost.blocks} blocks: {' '.join(cost.most_of_it.sql.split())}"
    return (costliest, f"planned, for any values, as: {' ← '.join(plan)}") if plan else (costliest,)


async def steps_of(postgres: Postgres, sql: str) -> list[str]:
    """The steps of a statement's plan, the last first; none where it cannot be explained without its values."""
    try:
        return list(steps(await postgres.plan(sql)))
    except psycopg.Error:
        return []


def steps(node: dict[str, Any]) -> Iterator[str]:
    where = node.get("Index Name") or node.get("Relation Name")
    yield f"{node['Node Type']} on {where}" if where else node["Node Type"]
    for below in node.get("Plans", []):
        yield from steps(below)


async def trade(postgres: Postgres) -> None:
    """The shop goes on: thousands of new orders, all served, none by a customer that a check asks for."""
    await postgres.execute(
        "INSERT INTO orders (customer_id, status, total_cents, note, placed_at) "
        "SELECT 61 + n * 7919 %% 4940, 'served', 300, 'to take away', newest + n * interval '70 minutes' "
        "FROM generate_series(1, %s) AS n, (SELECT max(placed_at) AS newest FROM orders) AS shop",
        GROWTH,
    )
    await postgres.execute("VACUUM ANALYZE orders")


async def add_order(postgres: Postgres, customer: int, total: int) -> int:
    order = await postgres.fetch_value(
        "INSERT INTO orders (customer_id, total_cents, status) VALUES (%s, %s, 'served') RETURNING id", customer, total
    )
    return int(order)


async def sign_up(postgres: Postgres, email: str) -> int:
    customer = await postgres.fetch_value(
        "INSERT INTO customers (email, name, password_hash) VALUES (%s, 'New here', 'not a hash') RETURNING id", email
    )
    return int(customer)


async def expect_orders(service: Service, path: str, truth: list[dict[str, Any]], happened: str) -> None:
    expected = [row["id"] for row in truth]
    for _ in range(ASKED):
        shown = [order["id"] for order in (await service.get(path)).json()["items"]]
        assert shown == expected, Because(
            happened, observed=f"GET {path} {difference(shown, expected)}", likely=REMEMBERED
        )


def difference(shown: list[int], expected: list[int]) -> str:
    missing = [order for order in expected if order not in shown]
    wrong = [order for order in shown if order not in expected]
    found = [f"leaves out {missing}"] * bool(missing) + [f"shows {wrong}, which do not belong"] * bool(wrong)
    return " and ".join(found) or "shows the right orders, and not the newest first"


async def expect_customers(service: Service, path: str, expected: list[int]) -> None:
    for _ in range(ASKED):
        shown = [customer["id"] for customer in (await service.get(path)).json()["items"]]
        assert shown == expected, Because(
            f"GET {path} found the customers {shown}",
            observed=f"the table has {expected or 'nobody'} at that address",
            likely=REMEMBERED,
        )
