"""Orders, on a real database: stock, commits, statements."""

import asyncio

import pytest
from app.errors import Conflict, Invalid, NotFound
from app.schemas.orders import LineIn, OrderIn, OrderSearch
from sqlalchemy.exc import InvalidRequestError


def an_order(customer, *products, quantity=1, note=""):
    lines = [LineIn(product_id=product, quantity=quantity) for product in products]
    return OrderIn(customer_id=customer, lines=lines, note=note)


async def test_an_order_is_stored_when_it_is_told(shop, counter, servers):
    product = await counter.product(price=260)
    order = await shop.orders.place(an_order(await counter.customer(), product, quantity=2))
    stored = await servers.postgres.fetch_one("SELECT status, total_cents FROM orders WHERE id = %s", order.id)
    assert stored == {"status": "placed", "total_cents": 520}
    assert await counter.stock_of(product) == 98


async def test_the_last_cup_is_sold_once(shop, counter):
    customer, product = await counter.customer(), await counter.product(stock=1)
    tries = [shop.orders.place(an_order(customer, product)) for _ in range(4)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 3
    assert await counter.stock_of(product) == 0


async def test_orders_of_the_same_products_never_wait_in_a_circle(shop, counter):
    customer, one, other = await counter.customer(), await counter.product(), await counter.product()
    orders = [an_order(customer, *pair) for pair in [(one, other), (other, one)] * 5]
    await asyncio.gather(*(shop.orders.place(order) for order in orders))
    assert await counter.stock_of(one) == await counter.stock_of(other) == 90


async def test_an_order_is_refused_whole(shop, counter):
    customer, plenty, scarce = await counter.customer(), await counter.product(), await counter.product(stock=0)
    with pytest.raises(Conflict):
        await shop.orders.place(an_order(customer, plenty, scarce))
    with pytest.raises(NotFound):
        await shop.orders.place(an_order(customer, plenty, 10**9))
    with pytest.raises(Invalid):
        await shop.orders.place(an_order(customer, plenty, plenty))
    assert await counter.stock_of(plenty) == 100


async def test_any_page_of_orders_is_two_statements(shop, counter, servers):
    customer, product = await counter.customer(), await counter.product()
    for _ in range(12):
        await shop.orders.place(an_order(customer, product))
    counted = []
    for limit in (3, 12):
        async with servers.postgres.measured() as usage:
            await shop.order_search.page(OrderSearch(customer_id=customer, limit=limit))
        counted.append(usage.statements)
    assert counted == [2, 2]


async def test_what_no_query_loaded_is_an_error_and_not_one_more_query(shop, counter):
    placed = await shop.orders.place(an_order(await counter.customer(), await counter.product()))
    order = await shop.orders.read(placed.id)
    with pytest.raises(InvalidRequestError, match="raise"):
        _ = order.customer


async def test_pages_hold_every_order_once_while_new_ones_come_in(shop, counter):
    customer, product = await counter.customer(), await counter.product()
    placed = [(await shop.orders.place(an_order(customer, product))).id for _ in range(7)]
    seen, cursor = [], None
    while True:
        orders, cursor = await shop.order_search.page(OrderSearch(customer_id=customer, limit=3, cursor=cursor))
        seen += [order.id for order in orders]
        if cursor is None:
            break
        await shop.orders.place(an_order(customer, product))
    assert seen == placed[::-1]
