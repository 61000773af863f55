import json
from typing import Any

from app.database import Database
from app.errors import Invalid, NotFound
from app.models import Customer, Line, Order
from app.schemas.orders import OrderIn
from app.services.stock import take_stock

# One statement for any number of orders: each brings its lines along as JSON (chapter 10).
ORDERS = """
SELECT o.*, (
    SELECT coalesce(json_agg(json_build_object(
        'product_id', l.product_id, 'name', p.name, 'quantity', l.quantity, 'price_cents', l.price_cents
    ) ORDER BY l.position), '[]')
    FROM order_lines AS l JOIN products AS p ON p.id = l.product_id WHERE l.order_id = o.id
) AS lines
FROM orders AS o
"""
INSERT = "INSERT INTO orders (customer_id, total_cents, note) VALUES ($1, $2, $3) RETURNING *"
INSERT_LINES = """
INSERT INTO order_lines (order_id, position, product_id, quantity, price_cents)
SELECT $1, * FROM unnest($2::int[], $3::bigint[], $4::int[], $5::int[])
"""


def read_order(row: Any) -> Order:
    columns = dict(row)
    return Order(lines=[Line(**line) for line in json.loads(columns.pop("lines"))], **columns)


async def find_order(connection: Any, order_id: int, *, lock: bool = False) -> Order:
    if lock:
        await connection.execute("SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE", order_id)
    row = await connection.fetchrow(f"{ORDERS} WHERE o.id = $1", order_id)
    if row is None:
        raise NotFound("order_not_found", f"There is no order {order_id}.")
    return read_order(row)


class OrderService:
    def __init__(self, database: Database, lines_max: int) -> None:
        self._database = database
        self._lines_max = lines_max

    async def place(self, wanted: OrderIn) -> Order:
        """Take the stock and store the order; it is committed when this returns (chapter 08)."""
        quantities = {line.product_id: line.quantity for line in wanted.lines}
        if len(wanted.lines) > self._lines_max:
            raise Invalid(f"An order has at most {self._lines_max} lines.")
        if len(quantities) < len(wanted.lines):
            raise Invalid("An order names each product once.")
        async with self._database.transaction() as connection:
            customer = await connection.fetchrow("SELECT * FROM customers WHERE id = $1", wanted.customer_id)
            if customer is None:
                raise NotFound("customer_not_found", f"There is no customer {wanted.customer_id}.")
            products = await take_stock(connection, quantities)
            lines = [Line(each, products[each].name, q, products[each].price_cents) for each, q in quantities.items()]
            total = sum(line.quantity * line.price_cents for line in lines)
            order = Order(lines=lines, **await connection.fetchrow(INSERT, wanted.customer_id, total, wanted.note))
            await connection.execute(
                INSERT_LINES,
                order.id,
                list(range(1, len(lines) + 1)),
                [line.product_id for line in lines],
                [line.quantity for line in lines],
                [line.price_cents for line in lines],
            )
        order.customer = Customer(**customer)
        return order

    async def read(self, order_id: int) -> Order:
        async with self._database.transaction() as connection:
            return await find_order(connection, order_id)

    async def change_note(self, order_id: int, note: str) -> Order:
        async with self._database.transaction() as connection:
            await connection.execute("UPDATE orders SET note = $2 WHERE id = $1", order_id, note)
            return await find_order(connection, order_id)
