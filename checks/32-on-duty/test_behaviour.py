"""Every feature of the contract, whichever way the service is built."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any

import pytest

from onduty.checking import Because, task
from onduty.lab.clients.answer import Answer
from onduty.lab.database.postgres import Postgres
from onduty.lab.hosting.service import Service
from onduty.lab.upstream.payments import Payments, fail

API = "/api/v1"
PLENTY = 1000


@task("32.1", id="menu")
async def test_the_menu_shows_what_is_on_sale(shop: Shop) -> None:
    """The menu holds every product that is on sale, by id, and no other."""
    sold = await shop.add_product("sold", price=shop.seed.randrange(200, 900), stock=shop.seed.randrange(1, 90))
    gone = await shop.add_product("gone", on_sale=False)
    menu = await shop.get("/menu")
    assert menu.status_code == 200, refused(menu)
    items = {item["id"]: item for item in menu.json()["items"]}
    assert sold.id in items, Because(f"product {sold.id} is on sale and not on the menu", observed=menu.text[:300])
    assert gone.id not in items, Because(f"product {gone.id} is not on sale and stands on the menu")
    assert list(items) == sorted(items), Because("the menu is not in the order of the products' ids")
    shown = {name: items[sold.id][name] for name in ("sku", "name", "price_cents", "stock")}
    wanted = {"sku": sold.sku, "name": sold.name, "price_cents": sold.price, "stock": sold.stock}
    assert shown == wanted, differs(menu, wanted, shown)


@task("32.1", id="product")
async def test_a_product_can_be_looked_up(shop: Shop) -> None:
    """A product is found by its id, and an id that nobody has is not found."""
    product = await shop.add_product("looked-up", price=shop.seed.randrange(200, 900))
    found = await shop.get(f"/products/{product.id}")
    assert found.status_code == 200, refused(found)
    assert found.json()["name"] == product.name, differs(found, product.name, found.json()["name"])
    assert found.json()["price_cents"] == product.price, differs(found, product.price, found.json()["price_cents"])
    unknown = await shop.get(f"/products/{product.id + 100_000}")
    assert unknown.status_code == 404, let_through(unknown, 404)


@task("32.1", id="sign-up")
async def test_a_customer_signs_up(shop: Shop) -> None:
    """Whoever signs up is found by id and by e-mail address, whatever the case of its letters."""
    guest = await shop.sign_up("new")
    by_id = await shop.get(f"/customers/{guest.id}")
    assert by_id.status_code == 200, refused(by_id)
    assert by_id.json()["name"] == guest.name, differs(by_id, guest.name, by_id.json()["name"])
    age = datetime.now(UTC) - moment(by_id.json()["created_at"])
    assert abs(age) < timedelta(minutes=5), Because("`created_at` is not the time of now", observed=by_id.text[:300])
    by_email = await shop.get(f"/customers?email={guest.email.upper()}")
    found = [customer["id"] for customer in by_email.json()["items"]]
    assert found == [guest.id], differs(by_email, [guest.id], found)
    nobody = await shop.get(f"/customers?email=not-{guest.email}")
    assert nobody.json()["items"] == [], differs(nobody, [], nobody.json()["items"])
    unknown = await shop.get(f"/customers/{guest.id + 100_000}")
    assert unknown.status_code == 404, let_through(unknown, 404)


@task("32.1", id="sign-up-refused")
async def test_a_bad_sign_up_is_refused(shop: Shop) -> None:
    """A taken e-mail address is a conflict in any case of its letters; a password has 8 to 128 characters."""
    guest = await shop.sign_up("first")
    wanted = {"email": guest.email.upper(), "name": "Somebody else", "password": "long enough"}
    taken = await shop.send("POST", "/customers", wanted)
    assert taken.status_code == 409, let_through(taken, 409)
    for length in (7, 129):
        wanted = {"email": f"p{length}.{guest.email}", "name": "P", "password": "x" * length}
        bad = await shop.send("POST", "/customers", wanted)
        assert bad.status_code == 422, let_through(bad, 422)


@task("32.1", id="log-in")
async def test_a_customer_logs_in(shop: Shop) -> None:
    """E-mail and password give a token, the token opens the customer's own page, and nothing else does."""
    guest = await shop.sign_up("member")
    wrong = await shop.log_in(guest.email, guest.password + "!")
    assert wrong.status_code == 401, let_through(wrong, 401)
    session = await shop.log_in(guest.email, guest.password)
    assert session.status_code == 201, refused(session)
    kind = session.json()["token_type"]
    assert kind == "bearer", differs(session, "`token_type`: bearer", kind)
    own_page = await shop.read_me(session.json()["access_token"])
    assert own_page.status_code == 200, refused(own_page)
    assert own_page.json()["id"] == guest.id, differs(own_page, guest.id, own_page.json()["id"])
    for stranger in (await shop.get("/customers/me"), await shop.read_me("not.a.token")):
        assert stranger.status_code == 401, let_through(stranger, 401)
        assert "Bearer" in stranger.headers.get("WWW-Authenticate", ""), Because(
            "a 401 does not say how to log in", likely="the header `WWW-Authenticate: Bearer` is missing"
        )


@task("32.1", id="session")
async def test_a_session_is_refreshed_and_ended(shop: Shop) -> None:
    """A refresh token gives two new tokens; after log-out it gives nothing."""
    guest = await shop.sign_up("regular")
    first = (await shop.log_in(guest.email, guest.password)).json()
    refreshed = await shop.send("POST", "/sessions/refresh", {"refresh_token": first["refresh_token"]})
    assert refreshed.status_code == 201, refused(refreshed)
    second = refreshed.json()
    for name in ("access_token", "refresh_token"):
        assert second[name] != first[name], Because(f"the refreshed session has the same {name} as before")
    own_page = await shop.read_me(second["access_token"])
    assert own_page.status_code == 200, refused(own_page)
    newest = {"refresh_token": second["refresh_token"]}
    ended = await shop.send("DELETE", "/sessions", newest)
    assert ended.status_code == 204, refused(ended)
    again = await shop.send("POST", "/sessions/refresh", newest)
    assert again.status_code == 401, let_through(again, 401)


@task("32.1", id="order")
async def test_an_order_is_taken(shop: Shop) -> None:
    """An order says what was ordered, in that order, and what it costs; the stock falls with it."""
    guest = await shop.add_guest("hungry")
    cake = await shop.add_product("cake", price=shop.seed.randrange(200, 900))
    roll = await shop.add_product("roll", price=shop.seed.randrange(200, 900))
    rolls, cakes = shop.seed.randrange(1, 9), shop.seed.randrange(1, 9)
    note = f"table {shop.seed.randrange(10**6)}"
    placed = await shop.place(guest, {roll.id: rolls, cake.id: cakes}, note)
    assert placed.status_code == 201, refused(placed)
    order = placed.json()
    assert order["status"] == "placed", differs(placed, "placed", order["status"])
    assert order["note"] == note, differs(placed, note, order["note"])
    assert order["customer_id"] == guest.id, differs(placed, guest.id, order["customer_id"])
    total = rolls * roll.price + cakes * cake.price
    assert order["total_cents"] == total, differs(placed, total, order["total_cents"])
    lines = [[line[name] for name in ("product_id", "name", "quantity", "price_cents")] for line in order["lines"]]
    wanted = [[roll.id, roll.name, rolls, roll.price], [cake.id, cake.name, cakes, cake.price]]
    assert lines == wanted, differs(placed, wanted, lines)
    assert placed.headers.get("Location", "").endswith(f"{API}/orders/{order['id']}"), Because(
        "the header `Location` does not name the new order", observed=str(placed.headers)
    )
    for product, taken in ((roll, rolls), (cake, cakes)):
        stock = await shop.stock_of(product)
        assert stock == PLENTY - taken, Because(
            f"{taken} of product {product.id} were ordered, and its stock went from {PLENTY} to {stock}"
        )


@task("32.1", id="order-keeps-its-price")
async def test_an_order_keeps_its_price(shop: Shop, postgres: Postgres) -> None:
    """What was ordered at one price costs that price, whatever becomes of the product."""
    guest = await shop.add_guest("early")
    product = await shop.add_product("rising", price=shop.seed.randrange(200, 900))
    order = (await shop.place(guest, {product.id: 2})).json()
    await postgres.execute("UPDATE products SET price_cents = price_cents + 100 WHERE id = %s", product.id)
    later = await shop.get(f"/orders/{order['id']}")
    assert later.status_code == 200, refused(later)
    assert later.json()["total_cents"] == 2 * product.price, differs(
        later, 2 * product.price, later.json()["total_cents"]
    )
    price = later.json()["lines"][0]["price_cents"]
    assert price == product.price, differs(later, product.price, price)


@task("32.1", id="order-refused")
async def test_an_impossible_order_is_refused(shop: Shop) -> None:
    """An order that names nobody, nothing or too much is refused whole, and the stock stays as it was."""
    guest = await shop.add_guest("greedy")
    stranger = Guest(guest.id + 100_000, "", "", "")
    many = [await shop.add_product(f"many{n}") for n in range(21)]
    full, low = many[0], await shop.add_product("low", stock=shop.seed.randrange(1, 5))
    for wanted, who, status in (
        ({full.id: 1}, stranger, 404),
        ({full.id: 1, full.id + 100_000: 1}, guest, 404),
        ({full.id: 1, low.id: low.stock + 1}, guest, 409),
        ({}, guest, 422),
        ({full.id: 0}, guest, 422),
        ({full.id: 100}, guest, 422),
        ({product.id: 1 for product in many}, guest, 422),
    ):
        answer = await shop.place(who, wanted)
        assert answer.status_code == status, let_through(answer, status, f"with {len(wanted)} lines: {wanted}")
    twice = [{"product_id": full.id, "quantity": 1}] * 2
    answer = await shop.send("POST", "/orders", {"customer_id": guest.id, "lines": twice})
    assert answer.status_code == 422, let_through(answer, 422, "with one product twice")
    for product in (full, low):
        stock = await shop.stock_of(product)
        assert stock == product.stock, Because(
            f"orders of product {product.id} were refused, and its stock went from {product.stock} to {stock}",
            likely="the first lines of an order take stock before a later one is found impossible",
        )


@task("32.1", id="search")
async def test_orders_are_found(shop: Shop) -> None:
    """Orders are found by customer, status and time: from is inside, before is outside."""
    guest = await shop.add_guest("known")
    start = shop.some_night(2031)
    statuses = ["placed", "served", "served", "cancelled", "served"]
    product = await shop.add_product("searched")
    ids = [
        await shop.add_order(guest, start + timedelta(hours=hour), {product: 1}, status=status)
        for hour, status in enumerate(statuses)
    ]
    hours = f"placed_from={utc(start + timedelta(hours=1))}&placed_before={utc(start + timedelta(hours=4))}"
    for query, wanted in (
        (f"customer_id={guest.id}", ids[::-1]),
        (f"customer_id={guest.id}&status=served", [ids[4], ids[2], ids[1]]),
        (hours, [ids[3], ids[2], ids[1]]),
        (f"{hours}&status=cancelled", [ids[3]]),
        (f"customer_id={guest.id + 100_000}", []),
    ):
        answer = await shop.get(f"/orders?{query}")
        assert answer.status_code == 200, refused(answer)
        found = [order["id"] for order in answer.json()["items"]]
        assert found == wanted, differs(answer, wanted, found)
    one = await shop.get(f"/orders/{ids[0]}")
    assert one.status_code == 200, refused(one)
    assert moment(one.json()["placed_at"]) == start, differs(one, utc(start), one.json()["placed_at"])
    unknown = await shop.get(f"/orders/{ids[-1] + 100_000}")
    assert unknown.status_code == 404, let_through(unknown, 404)


@task("32.1", id="paging")
async def test_orders_are_paged(shop: Shop) -> None:
    """Page after page gives every order once, newest first; those of one moment by id."""
    guest = await shop.add_guest("loyal")
    start = shop.some_night(2032)
    moments = sorted(start + timedelta(minutes=shop.seed.randrange(4)) for _ in range(shop.seed.randrange(8, 14)))
    product = await shop.add_product("paged")
    ids = [await shop.add_order(guest, moment, {product: 1}) for moment in moments]
    found: list[int] = []
    cursor: str | None = ""
    while cursor is not None and len(found) < len(ids) + 3:
        following = f"&cursor={cursor}" if cursor else ""
        page = await shop.get(f"/orders?customer_id={guest.id}&limit=3{following}")
        assert page.status_code == 200, refused(page)
        assert len(page.json()["items"]) <= 3, Because("a page with `limit=3` holds more than 3 orders")
        found += [order["id"] for order in page.json()["items"]]
        cursor = page.json()["next"]
    assert found == ids[::-1], Because(
        "page after page did not give every order once, newest first",
        observed=f"{found} instead of {ids[::-1]}",
        likely="pages overlap or leave a gap where several orders were placed at the same moment",
    )


@task("32.1", id="note")
async def test_the_note_can_be_changed(shop: Shop) -> None:
    """The note of an order can be changed, up to 280 characters."""
    guest, product = await shop.add_guest("picky"), await shop.add_product("noted")
    order_id = await shop.add_order(guest, shop.some_night(2033), {product: 1})
    note = f"oat milk {shop.seed.randrange(10**6)} ☕".ljust(280, ".")
    changed = await shop.send("PATCH", f"/orders/{order_id}", {"note": note})
    assert changed.status_code == 200, refused(changed)
    assert changed.json()["note"] == note, differs(changed, note, changed.json()["note"])
    read = await shop.get(f"/orders/{order_id}")
    assert read.json()["note"] == note, differs(read, note, read.json()["note"])
    too_long = await shop.send("PATCH", f"/orders/{order_id}", {"note": "x" * 281})
    assert too_long.status_code == 422, let_through(too_long, 422)
    unknown = await shop.send("PATCH", f"/orders/{order_id + 100_000}", {"note": ""})
    assert unknown.status_code == 404, let_through(unknown, 404)


@task("32.1", id="payment")
async def test_an_order_is_paid(shop: Shop, payments: Payments) -> None:
    """A payment is one charge at the provider over the order's total, and makes the order paid, once."""
    guest = await shop.add_guest("payer")
    product = await shop.add_product("paid", price=shop.seed.randrange(200, 900))
    order = (await shop.place(guest, {product.id: 3})).json()
    unpaid = await shop.get(f"/orders/{order['id']}/payment")
    assert unpaid.status_code == 404, let_through(unpaid, 404)
    paid = await shop.pay(order["id"])
    assert paid.status_code == 201, refused(paid)
    charges = [charge for charge in payments.charges if charge["reference"] == f"order-{order['id']}"]
    amounts = [charge["amount_cents"] for charge in charges]
    assert amounts == [3 * product.price], differs(paid, [3 * product.price], amounts)
    wanted = {
        "order_id": order["id"],
        "status": "paid",
        "amount_cents": 3 * product.price,
        "provider_ref": charges[0]["id"],
    }
    shown = {name: paid.json()[name] for name in wanted}
    assert shown == wanted, differs(paid, wanted, shown)
    assert await shop.status_of(order["id"]) == "paid", stays(order["id"], "not paid after a payment")
    again = await shop.pay(order["id"])
    assert again.status_code == 409, let_through(again, 409)
    state = await shop.get(f"/orders/{order['id']}/payment")
    assert state.status_code == 200, refused(state)
    shown = {name: state.json()[name] for name in (*wanted, "provider_status")}
    assert shown == wanted | {"provider_status": "succeeded"}, differs(state, wanted, shown)
    unknown = await shop.pay(order["id"] + 100_000)
    assert unknown.status_code == 404, let_through(unknown, 404)


@task("32.1", id="payment-refused")
async def test_a_payment_that_fails_changes_nothing(shop: Shop, payments: Payments) -> None:
    """A declined card and a failing provider are told apart, and leave the order as it was."""
    guest, product = await shop.add_guest("poor"), await shop.add_product("declined")
    order_id = await shop.add_order(guest, shop.some_night(2034), {product: 1})
    declined = await shop.pay(order_id, f"tok_declined{shop.seed.randrange(10**6)}")
    assert declined.status_code == 402, let_through(declined, 402)
    with payments.behaves(fail):
        failed = await shop.pay(order_id)
    assert failed.status_code == 502, let_through(failed, 502, "while the provider failed")
    assert await shop.status_of(order_id) == "placed", stays(order_id, "not open after payments that failed")
    paid = await shop.pay(order_id)
    assert paid.status_code == 201, refused(paid)


@task("32.1", id="cancellation")
async def test_an_order_is_cancelled(shop: Shop, payments: Payments) -> None:
    """Cancelling gives the stock back, and the money if it was paid; an order is cancelled once."""
    guest = await shop.add_guest("fickle")
    product = await shop.add_product("returned")
    first = (await shop.place(guest, {product.id: shop.seed.randrange(1, 9)})).json()
    second = (await shop.place(guest, {product.id: shop.seed.randrange(1, 9)})).json()
    charge = (await shop.pay(second["id"])).json()["provider_ref"]
    for order in (first, second):
        cancelled = await shop.send("POST", f"/orders/{order['id']}/cancellation")
        assert cancelled.status_code == 200, refused(cancelled)
        assert cancelled.json()["status"] == "cancelled", differs(cancelled, "cancelled", cancelled.json()["status"])
    stock = await shop.stock_of(product)
    assert stock == product.stock, Because(
        f"two orders were cancelled, and the stock is {stock} instead of {product.stock}",
        likely="the stock of a cancelled order is not given back",
    )
    refunded = [refund["charge_id"] for refund in payments.refunds]
    assert refunded.count(charge) == 1, Because(
        f"a paid order was cancelled, and its charge was refunded {refunded.count(charge)} times"
    )
    again = await shop.send("POST", f"/orders/{first['id']}/cancellation")
    assert again.status_code == 409, let_through(again, 409)
    unknown = await shop.send("POST", f"/orders/{second['id'] + 100_000}/cancellation")
    assert unknown.status_code == 404, let_through(unknown, 404)


@task("32.1", id="favourites")
async def test_favourites_are_what_was_bought_most(shop: Shop) -> None:
    """Favourites are the three products a customer bought most; cancelled orders do not count."""
    guest = await shop.add_guest("faithful")
    products = [await shop.add_product(f"favourite{n}") for n in range(5)]
    most, equal, equally, least, cancelled = products
    night, some = shop.some_night(2035), shop.seed.randrange(2, 9)
    for product, quantity in ((least, 1), (equally, some), (most, some), (equal, some), (most, 1)):
        await shop.add_order(guest, night, {product: quantity})
    await shop.add_order(guest, night, {cancelled: 90}, status="cancelled")
    answer = await shop.get(f"/customers/{guest.id}/favourites")
    assert answer.status_code == 200, refused(answer)
    shown = [[item["product_id"], item["name"], item["quantity"]] for item in answer.json()["items"]]
    wanted = [[product.id, product.name, some + (product is most)] for product in (most, equal, equally)]
    assert shown == wanted, differs(answer, wanted, shown)


@task("32.1", id="nightly-report")
async def test_the_night_is_reported(shop: Shop) -> None:
    """The report counts the orders of one UTC date, what was sold, and what was bought together."""
    guest = await shop.add_guest("nocturnal")
    products = [await shop.add_product(f"reported{n}", price=100 + n) for n in range(6)]
    start = shop.some_night(2036).replace(hour=0)
    orders: list[dict[Product, int]] = []
    for hour in range(shop.seed.randrange(12, 24)):
        chosen = shop.seed.sample(products, shop.seed.randrange(1, 5))
        orders.append({product: shop.seed.randrange(1, 5) for product in chosen})
        await shop.add_order(guest, start + timedelta(hours=hour), orders[-1])
    await shop.add_order(guest, start + timedelta(hours=3), {products[0]: 50}, status="cancelled")
    await shop.add_order(guest, start - timedelta(seconds=1), {products[0]: 50})
    await shop.add_order(guest, start + timedelta(days=1), {products[0]: 50})
    answer = await shop.get(f"/reports/nightly?date={start.date()}")
    assert answer.status_code == 200, refused(answer)
    wanted = expected_report(start.date(), orders)
    shown = {name: answer.json()[name] for name in wanted}
    for name, value in wanted.items():
        assert shown[name] == value, differs(answer, f"`{name}`: {value}", shown[name])


@task("32.1", id="health")
async def test_the_platform_is_answered(service: Service) -> None:
    """A service that is well says that it is alive and ready."""
    alive = await service.get("/health/live")
    assert alive.status_code == 200, refused(alive)
    assert alive.json()["status"] == "live", differs(alive, "live", alive.json()["status"])
    ready = await service.get("/health/ready")
    assert ready.status_code == 200, refused(ready)
    assert ready.json()["status"] == "ready", differs(ready, "ready", ready.json()["status"])
    parts = [ready.json()["parts"][name] for name in ("database", "cache")]
    assert parts == ["ok", "ok"], differs(ready, ["ok", "ok"], parts)


@dataclass(frozen=True)
class Product:
    id: int
    sku: str
    name: str
    price: int
    stock: int


@dataclass(frozen=True)
class Guest:
    id: int
    email: str
    name: str
    password: str


@pytest.fixture
def shop(service: Service, postgres: Postgres, seed: Random) -> Shop:
    return Shop(service, postgres, seed)


class Shop:
    """Guests who use the service, and a past that is written straight into its database."""

    def __init__(self, service: Service, postgres: Postgres, seed: Random) -> None:
        self.service = service
        self.postgres = postgres
        self.seed = seed

    async def send(self, method: str, path: str, body: object = None) -> Answer:
        """Send a request that writes, and return when the database has what it wrote.

        The naive service commits after it has answered, so an answer alone does not say that.
        """
        answer = await self.service.request(method, API + path, json=body)
        await self.postgres.until_idle()
        return answer

    async def get(self, path: str) -> Answer:
        return await self.service.get(API + path)

    async def read_me(self, token: str) -> Answer:
        return await self.service.get(f"{API}/customers/me", headers={"Authorization": f"Bearer {token}"})

    async def sign_up(self, label: str) -> Guest:
        number = self.seed.randrange(10**9)
        email, name = f"{label}.{number}@example.org", f"{label} Ünal {number}"
        password = f"secret-{self.seed.random()}"
        answer = await self.send("POST", "/customers", {"email": email, "name": name, "password": password})
        assert answer.status_code == 201, refused(answer)
        assert answer.json()["email"] == email, differs(answer, email, answer.json()["email"])
        return Guest(answer.json()["id"], email, name, password)

    async def add_guest(self, label: str) -> Guest:
        """Write a customer who has no password: cheaper than a sign-up, which has to be slow."""
        name = f"{label} {self.seed.randrange(10**9)}"
        email = f"{name.replace(' ', '.')}@example.org"
        guest_id = await self.postgres.fetch_value(
            "INSERT INTO customers (email, name, password_hash) VALUES (%s, %s, '') RETURNING id", email, name
        )
        return Guest(guest_id, email, name, "")

    async def log_in(self, email: str, password: str) -> Answer:
        return await self.send("POST", "/sessions", {"email": email, "password": password})

    async def place(self, guest: Guest, wanted: dict[int, int], note: str = "") -> Answer:
        lines = [{"product_id": product, "quantity": quantity} for product, quantity in wanted.items()]
        return await self.send("POST", "/orders", {"customer_id": guest.id, "lines": lines, "note": note})

    async def pay(self, order_id: int, card: str = "tok_visa") -> Answer:
        return await self.send("POST", f"/orders/{order_id}/payment", {"card_token": card})

    async def stock_of(self, product: Product) -> int:
        answer = await self.get(f"/products/{product.id}")
        assert answer.status_code == 200, refused(answer)
        return int(answer.json()["stock"])

    async def status_of(self, order_id: int) -> str:
        answer = await self.get(f"/orders/{order_id}")
        assert answer.status_code == 200, refused(answer)
        return str(answer.json()["status"])

    def some_night(self, year: int) -> datetime:
        """An evening of that year; every check has a year of its own, so that it finds its own orders only."""
        return datetime(year, 1, 2, 20, tzinfo=UTC) + timedelta(days=self.seed.randrange(360))

    async def add_product(self, label: str, *, price: int = 300, stock: int = PLENTY, on_sale: bool = True) -> Product:
        number = self.seed.randrange(10**9)
        sku, name = f"{label}-{number}".upper(), f'{label} "{number}"'
        product_id = await self.postgres.fetch_value(
            "INSERT INTO products (sku, name, price_cents, stock, on_sale) VALUES (%s, %s, %s, %s, %s) RETURNING id",
            *(sku, name, price, stock, on_sale),
        )
        return Product(product_id, sku, name, price, stock)

    async def add_order(
        self, guest: Guest, placed_at: datetime, bought: dict[Product, int], *, status: str = "placed"
    ) -> int:
        """Write an order that was placed then; the stock fell long ago."""
        total = sum(product.price * quantity for product, quantity in bought.items())
        order_id: int = await self.postgres.fetch_value(
            "INSERT INTO orders (customer_id, status, total_cents, placed_at) VALUES (%s, %s, %s, %s) RETURNING id",
            *(guest.id, status, total, placed_at),
        )
        for position, (product, quantity) in enumerate(bought.items(), start=1):
            await self.postgres.execute(
                "INSERT INTO order_lines VALUES (%s, %s, %s, %s, %s)",
                *(order_id, position, product.id, quantity, product.price),
            )
        return order_id


def expected_report(night: date, orders: list[dict[Product, int]]) -> dict[str, Any]:
    sold: dict[Product, int] = {}
    together: dict[tuple[int, int], int] = {}
    for bought in orders:
        for product, quantity in bought.items():
            sold[product] = sold.get(product, 0) + quantity
        for first, second in combinations(sorted(product.id for product in bought), 2):
            together[first, second] = together.get((first, second), 0) + 1
    return {
        "date": night.isoformat(),
        "orders": len(orders),
        "revenue_cents": sum(product.price * quantity for product, quantity in sold.items()),
        "products": [
            {"product_id": p.id, "name": p.name, "quantity": sold[p], "revenue_cents": sold[p] * p.price}
            for p in sorted(sold, key=lambda p: (-sold[p], p.id))
        ],
        "pairs": [
            {"products": list(pair), "orders": together[pair]}
            for pair in sorted(together, key=lambda pair: (-together[pair], pair))[:10]
        ],
    }


def moment(text: str) -> datetime:
    """The time that a text names; one without an offset names none, and is long ago."""
    named = datetime.fromisoformat(text)
    return named if named.tzinfo else datetime.min.replace(tzinfo=UTC)


def utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def refused(answer: Answer) -> Because:
    return Because(f"{answer.request} was answered with {answer.outcome}", observed=answer.text[:300])


def let_through(answer: Answer, status: int, how: str = "") -> Because:
    return Because(
        f"{answer.request} {how} was answered with {answer.outcome} instead of {status}".replace("  ", " "),
        observed=answer.text[:300],
    )


def differs(answer: Answer, wanted: object, shown: object) -> Because:
    return Because(
        f"{answer.request} was answered with something else than was stored or sent",
        expected=str(wanted),
        observed=str(shown),
    )


def stays(order_id: int, how: str) -> Because:
    return Because(f"order {order_id} is {how}")
