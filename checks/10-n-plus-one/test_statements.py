"""How often is the database asked for one answer, how much does it send, and is the answer true?

Statements and rows are counted by the database, for the service's own role; BEGIN, COMMIT and what a driver asks for
itself do not count, and the portions that a cursor fetches are counted by themselves. The numbers are the same on every
machine. One worker, so that an answer which a process remembers is not hidden by another process. Only favourites may
be 30 seconds old: an answer that keeps them is asked again until it is true, and no other has to wait.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from random import Random
from typing import Any

import pytest

from onduty.checking import Because, task
from onduty.checking.bench import Bench, Subject
from onduty.checking.difference import difference
from onduty.lab.clients.answer import Answer
from onduty.lab.database.postgres import Postgres
from onduty.lab.database.usage import Kind, Query, Usage
from onduty.lab.hosting.service import Service
from onduty.lab.until import until

API = "/api/v1"
FEW, MANY = 5, 50
LINES, GUESTS = 12, 5
# A cursor's portions, on average, and how many more it may fetch: some begin with a single row.
PORTION, MORE_PORTIONS = 10, 10
# How old favourites may be, and what is left to a busy machine.
FAVOURITES_AGE, LEEWAY = 30, 5
SHOWN = 160
SELECTED = re.compile(r"\bSELECT .*? FROM\b")
REMEMBERED = "an answer, or a part of one, is remembered from an earlier request"
REWRITTEN = "the rewrite changed what is shown: a limit, an order, a join that drops or repeats rows, another column"

Order = dict[str, Any]
Line = dict[str, Any]


@pytest.fixture
def service(onduty_bench: Bench, onduty_subject: Subject) -> Service:
    """The service with one worker, so that whoever remembers an answer is asked again."""
    return onduty_bench.service(onduty_subject, WEB_CONCURRENCY="1")


@pytest.fixture
def till(postgres: Postgres, seed: Random) -> "Till":
    return Till(postgres, seed)


@task("10.1", id="list-of-orders")
async def test_the_list_of_orders(service: Service, postgres: Postgres, till: "Till") -> None:
    """A page of fifty orders costs as many statements as a page of five."""
    few, many = await till.regular(FEW, lines=3), await till.regular(MANY, lines=3)
    await expect_equal(
        service,
        postgres,
        (f"/orders?customer_id={few.customer}&limit=100", f"{FEW} orders"),
        (f"/orders?customer_id={many.customer}&limit=100", f"{MANY} orders"),
    )
    await expect_equal(
        service, postgres, (f"/orders?limit={FEW}", f"{FEW} orders"), (f"/orders?limit={MANY}", f"{MANY} orders")
    )


@task("10.2", id="one-order")
async def test_one_order(service: Service, postgres: Postgres, till: "Till") -> None:
    """An order of twenty lines costs as many statements as an order of two."""
    small, large = await till.regular(1, lines=2), await till.regular(1, lines=20)
    await expect_equal(
        service, postgres, (f"/orders/{small.orders[0]}", "2 lines"), (f"/orders/{large.orders[0]}", "20 lines")
    )


@task("10.2", id="favourites")
async def test_favourites(service: Service, postgres: Postgres, till: "Till") -> None:
    """The favourites of somebody with fifty orders cost as many statements as those of somebody with five."""
    few, many = await till.regular(FEW, lines=3), await till.regular(MANY, lines=3)
    await expect_equal(
        service,
        postgres,
        (f"/customers/{few.customer}/favourites", f"{FEW} orders"),
        (f"/customers/{many.customer}/favourites", f"{MANY} orders"),
    )


@task("10.2", id="nightly-report")
async def test_the_nightly_report(service: Service, postgres: Postgres, till: "Till") -> None:
    """The report of a night with fifty orders costs as many statements as that of a night with five."""
    few, many = await till.regular(FEW, lines=3), await till.regular(MANY, lines=3)
    await expect_equal(
        service,
        postgres,
        (f"/reports/nightly?date={few.night}", f"{FEW} orders"),
        (f"/reports/nightly?date={many.night}", f"{MANY} orders"),
    )


@task("10.3", id="rows-read")
async def test_no_more_rows_than_needed(service: Service, postgres: Postgres, till: "Till") -> None:
    """An answer is made from its own orders and their lines, each read once."""
    now_and_then = await till.regular(2, lines=LINES)
    regular = await till.regular(MANY, lines=LINES)
    await till.place(now_and_then.customer, now_and_then.night, orders=2, lines=LINES)
    on_the_menu = await postgres.fetch_value("SELECT count(*) FROM products")
    for path, orders in (
        (f"/orders?customer_id={regular.customer}&limit=100", MANY),
        (f"/orders?customer_id={regular.customer}&limit=2", 2),
        (f"/orders?customer_id={now_and_then.customer}&limit=100", 4),
        (f"/orders?limit={FEW}", FEW),
        (f"/orders/{regular.orders[0]}", 1),
        (f"/customers/{regular.customer}/favourites", MANY),
        (f"/customers/{now_and_then.customer}/favourites", 4),
        (f"/reports/nightly?date={regular.night}", MANY),
        (f"/reports/nightly?date={now_and_then.night}", 4),
    ):
        used = await cost(service, postgres, path)
        lines = orders * LINES
        assert used.rows <= 2 * (orders + lines) + on_the_menu, Because(
            f"GET {API}{path} is about {orders} {'orders' if orders > 1 else 'order'} of {LINES} lines each",
            observed=f"the database sent {used.rows} rows for it, where {orders} + {lines} say everything",
            likely="a join multiplies rows, since it has two lists side by side or lacks a condition; "
            "or more is loaded than the answer is about, such as other people's orders and lines",
            evidence=largest(used, lambda query: query.rows, "rows"),
        )


@task("10.3", id="answers-unchanged")
async def test_the_answers_are_what_they_were(service: Service, postgres: Postgres, till: "Till") -> None:
    """Every answer shows what it showed before: the same orders, lines, names, prices and sums, in the same order."""
    for count in (FEW, MANY):
        regular = await till.regular(count, lines=4)
        for path, truth in regular.questions(postgres):
            await expect(service, path, truth, f"customer {regular.customer} had placed {count} orders")
    newest = f"/orders?limit={MANY - 1}"
    await expect(service, newest, lambda: page(postgres, "true", None, MANY - 1), "everybody's orders were asked for")
    nobody = await service.get(f"{API}/orders/{max(till.placed) + 1000}")
    assert nobody.status_code == 404, Because(
        "an order was asked for that nobody has placed", likely="404 `order_not_found` got lost in the rewrite"
    )


@task("10.3", id="changes-seen", limit=90)
async def test_a_change_is_seen_at_once(service: Service, postgres: Postgres, till: "Till") -> None:
    """What has just been changed in the database is in the next answer; in the favourites within 30 seconds."""
    regular = await till.regular(FEW, lines=4)
    order, name = regular.orders[0], f"Night special {till.seed.randrange(10**9)}"
    line = "WHERE order_id = %s AND position = "
    everything = regular.questions(postgres)
    [favourites] = [question for question in everything if "favourites" in question[0]]
    questions = [question for question in everything if question is not favourites]
    await expect(service, *favourites, f"customer {regular.customer} had placed {FEW} orders")
    for path, truth in questions:
        await expect(service, path, truth, f"order {order} and its neighbours were asked for")
    for happened, statement, *values in (
        (f"a product of order {order} had just been renamed to {name!r}",
         f"UPDATE products SET name = %s WHERE id = (SELECT product_id FROM order_lines {line} 2)", name, order),
        (f"the second line of order {order} had just been set to 9 pieces",
         f"UPDATE order_lines SET quantity = 9 {line} 2", order),
        (f"the third line of order {order} had just been taken off", f"DELETE FROM order_lines {line} 3", order),
        (f"order {order} had just been cancelled, with a note",
         "UPDATE orders SET status = 'cancelled', note = 'spilt' WHERE id = %s", order),
    ):  # fmt: skip
        await postgres.execute(statement, *values)
        for path, truth in questions:
            await expect(service, path, truth, happened, likely=REMEMBERED)
    newest = await till.place(regular.customer, regular.night, orders=1, lines=3)
    for path, truth in questions:
        await expect(service, path, truth, f"order {newest[0]} had just been placed", likely=REMEMBERED)
    await expect_in_time(
        service,
        *favourites,
        f"customer {regular.customer} had cancelled order {order} and placed order {newest[0]}, "
        f"and was asked about for {FAVOURITES_AGE + LEEWAY} seconds after that",
    )


@dataclass(frozen=True)
class Regular:
    """A customer who placed all orders of one night, and what can be asked about that."""

    customer: int
    night: date
    orders: list[int]

    def questions(self, postgres: Postgres) -> list[tuple[str, "Truth"]]:
        """Every question about this customer, with the answer as the tables have it."""

        async def history() -> list[Order]:
            return await orders_where(postgres, "customer_id = %s", self.customer)

        async def one() -> Order:
            return (await orders_where(postgres, "id = %s", self.orders[0]))[0]

        async def favourites() -> dict[str, Any]:
            return {"items": sales(counted(await history()))[:3]}

        async def report() -> dict[str, Any]:
            return nightly(self.night, counted(await history()))

        return [
            (f"/orders?customer_id={self.customer}&limit=100", lambda: page(postgres, *self._own, 100)),
            (f"/orders?customer_id={self.customer}&limit=3", lambda: page(postgres, *self._own, 3)),
            (f"/orders/{self.orders[0]}", one),
            (f"/customers/{self.customer}/favourites", favourites),
            (f"/reports/nightly?date={self.night}", report),
        ]

    @property
    def _own(self) -> tuple[str, int]:
        return "customer_id = %s", self.customer


class Till:
    """Takes orders: new customers, nights, quantities and prices for each check."""

    def __init__(self, postgres: Postgres, seed: Random) -> None:
        self.seed = seed
        self.placed: list[int] = []
        self._postgres = postgres

    async def regular(self, orders: int, *, lines: int) -> Regular:
        """A new customer with this many orders, all in one night of their own."""
        customer = await self._postgres.fetch_value(
            "INSERT INTO customers (email, name, password_hash) "
            "VALUES (gen_random_uuid() || '@example.org', 'New here', 'not a hash') RETURNING id"
        )
        latest = await self._postgres.fetch_value("SELECT max((placed_at AT TIME ZONE 'UTC')::date) FROM orders")
        night = latest + timedelta(days=self.seed.randint(2, 40))
        return Regular(customer, night, await self.place(customer, night, orders=orders, lines=lines))

    async def place(self, customer: int, night: date, *, orders: int, lines: int) -> list[int]:
        """Place orders, each for a table of guests who paid separately; the more orders, the more different products.

        Every second one comes at the same moment as the one before, and every fifth is cancelled.
        """
        menu = [row["id"] for row in await self._postgres.fetch("SELECT id FROM products ORDER BY id")]
        bought = self.seed.sample(menu, max(lines, min(orders, len(menu))))
        ids = [row["id"] for row in await self._postgres.fetch(
            "SELECT nextval(pg_get_serial_sequence('orders', 'id')) AS id FROM generate_series(1, %s)", orders
        )]  # fmt: skip
        rows = [
            (order, position, product, self.seed.randint(1, 9), self.seed.randint(200, 900))
            for order in ids
            for position, product in enumerate(self.seed.sample(bought, lines), start=1)
        ]
        await self._postgres.execute(
            "INSERT INTO orders (id, customer_id, status, total_cents, note, placed_at) "
            "SELECT id, %s, CASE WHEN nth %% 5 = 0 THEN 'cancelled' ELSE 'served' END, 300 + nth * 7, 'table ' || nth, "
            "%s::timestamptz + nth / 2 * interval '3 minutes' "
            "FROM unnest(%s::bigint[]) WITH ORDINALITY AS new (id, nth)",
            customer,
            f"{night} 18:00+00",
            ids,
        )
        await self._postgres.execute(
            "INSERT INTO order_lines (order_id, position, product_id, quantity, price_cents) "
            "SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::int[], %s::int[])",
            *(list(column) for column in zip(*reversed(rows), strict=True)),
        )
        await self._postgres.execute(
            "INSERT INTO payments (order_id, status, amount_cents, provider_ref) "
            "SELECT id, CASE nth WHEN 1 THEN 'paid' ELSE 'refunded' END, 100, 'ch_' || gen_random_uuid() "
            "FROM unnest(%s::bigint[]) AS id, generate_series(1, %s) AS nth",
            ids,
            GUESTS,
        )
        self.placed += ids
        return ids


# What one answer costs.


async def cost(service: Service, postgres: Postgres, path: str) -> Usage:
    async with postgres.measured() as usage:
        answer = await service.get(API + path)
    assert answer.status_code == 200, Because(
        f"{answer.request} was to be answered with 200",
        likely="something is touched that the query did not load, or a query was changed and the database refuses it",
    )
    return usage


async def expect_equal(service: Service, postgres: Postgres, smaller: tuple[str, str], larger: tuple[str, str]) -> None:
    """Ask for little and for much of the same thing: it may not cost more statements."""
    few = await cost(service, postgres, smaller[0])
    many = await cost(service, postgres, larger[0])
    assert many.statements <= few.statements, Because(
        f"GET {API}{larger[0]} is about {larger[1]}",
        observed=f"it took {many.statements} statements, "
        f"while GET {API}{smaller[0]}, about {smaller[1]}, took {few.statements}",
        likely="a loop asks the database in every round: there is a query in it, or an attribute loaded when touched",
        evidence=largest(many, lambda query: query.calls, "calls"),
    )
    portions = [query for query in many.everything if query.kind is Kind.FETCH]
    calls, rows = sum(query.calls for query in portions), sum(query.rows for query in portions)
    assert calls <= MORE_PORTIONS + rows / PORTION, Because(
        f"GET {API}{larger[0]} is about {larger[1]}",
        observed=f"a cursor fetched {rows} rows for it in {calls} portions, and each portion is a round trip",
        likely="the cursor is asked for one row at a time, or very few: `fetchone`, a small `fetchmany` or `itersize`",
        evidence=tuple(f"{query.calls} calls: {outline(query.sql)}" for query in portions[:3]),
    )


def largest(usage: Usage, count: Callable[[Query], int], unit: str) -> tuple[str, ...]:
    """The statements of which there was most, without what they select."""
    most = sorted(usage.queries, key=count, reverse=True)[:3]
    return tuple(f"{count(query)} {unit}: {outline(query.sql)}" for query in most if count(query) > 1)


def outline(sql: str) -> str:
    line = SELECTED.sub("SELECT … FROM", " ".join(sql.split()))
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"


# What the tables say.

Truth = Callable[[], Awaitable[Any]]


async def orders_where(postgres: Postgres, condition: str, value: object, limit: int = 1000) -> list[Order]:
    """The orders as another client of the database reads them, newest first, in the contract's shape."""
    values = [] if value is None else [value]
    orders = await postgres.fetch(
        "SELECT id, customer_id, status, total_cents, note, placed_at FROM orders "
        f"WHERE {condition} ORDER BY placed_at DESC, id DESC LIMIT {limit}",
        *values,
    )
    lines: dict[int, list[Line]] = {order["id"]: [] for order in orders}
    for line in await postgres.fetch(
        "SELECT order_id, product_id, name, quantity, order_lines.price_cents FROM order_lines "
        "JOIN products ON products.id = product_id WHERE order_id = ANY(%s) ORDER BY order_id, position",
        list(lines),
    ):
        lines[line.pop("order_id")].append(line)
    return [{**order, "lines": lines[order["id"]]} for order in orders]


async def page(postgres: Postgres, condition: str, value: object, limit: int) -> dict[str, Any]:
    return {"items": await orders_where(postgres, condition, value, limit)}


def counted(orders: Sequence[Order]) -> list[Order]:
    return [order for order in orders if order["status"] != "cancelled"]


def sales(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """What was sold of each product, most first."""
    sold: dict[int, dict[str, Any]] = {}
    for line in (line for order in orders for line in order["lines"]):
        product = {"product_id": line["product_id"], "name": line["name"], "quantity": 0}
        sold.setdefault(line["product_id"], product)["quantity"] += line["quantity"]
    return sorted(sold.values(), key=lambda product: (-product["quantity"], product["product_id"]))


def nightly(night: date, orders: Sequence[Order]) -> dict[str, Any]:
    together = Counter(
        pair for order in orders for pair in combinations(sorted(line["product_id"] for line in order["lines"]), 2)
    )
    revenue: Counter[int] = Counter()
    for line in (line for order in orders for line in order["lines"]):
        revenue[line["product_id"]] += line["quantity"] * line["price_cents"]
    return {
        "date": night.isoformat(),
        "orders": len(orders),
        "revenue_cents": sum(order["total_cents"] for order in orders),
        "products": [{**sold, "revenue_cents": revenue[sold["product_id"]]} for sold in sales(orders)],
        "pairs": [
            {"products": list(pair), "orders": count}
            for pair, count in sorted(together.items(), key=lambda item: (-item[1], item[0]))[:10]
        ],
    }


async def expect(service: Service, path: str, truth: Truth, happened: str, *, likely: str = REWRITTEN) -> None:
    answer: Answer = await service.get(API + path)
    assert answer.status_code == 200, Because(f"{answer.request} was to be answered with 200")
    different = difference(answer.json(), await truth())
    assert different is None, Because(happened, observed=f"{answer.request}: {different}", likely=likely)


async def expect_in_time(service: Service, path: str, truth: Truth, happened: str) -> None:
    """Ask again until favourites are true; at once, unless they are kept."""
    now = await truth()
    different: str | None = None

    async def shown() -> bool:
        nonlocal different
        answer: Answer = await service.get(API + path)
        assert answer.status_code == 200, Because(f"{answer.request} was to be answered with 200")
        different = difference(answer.json(), now)
        return different is None

    assert await until(shown, within=FAVOURITES_AGE + LEEWAY), Because(
        happened,
        observed=f"GET {API}{path}: {different}",
        likely=f"favourites are kept for more than {FAVOURITES_AGE} seconds, or each question makes them last longer",
    )
