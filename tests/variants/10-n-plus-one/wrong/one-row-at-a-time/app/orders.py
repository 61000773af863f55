from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from app.database import DatabaseSession
from app.models import Order, OrderLine
from app.schemas import Id, LineOut, OrderOut, OrderPage

router = APIRouter(prefix="/orders", tags=["orders"])


COLUMNS = ("id", "customer_id", "status", "total_cents", "note", "placed_at")
PAGE = """
SELECT o.id, o.customer_id, o.status, o.total_cents, o.note, o.placed_at, p.id, p.name, l.quantity, l.price_cents
FROM (SELECT * FROM orders WHERE %(customer)s::bigint IS NULL OR customer_id = %(customer)s
      ORDER BY placed_at DESC, id DESC LIMIT %(limit)s) AS o
LEFT JOIN order_lines AS l ON l.order_id = o.id LEFT JOIN products AS p ON p.id = l.product_id
ORDER BY o.placed_at DESC, o.id DESC, l.position
"""


def orders_with_lines() -> Select[Order]:
    # Two statements for any page: the orders, then the lines of all of them, joined with their products.
    return select(Order).options(selectinload(Order.lines).joinedload(OrderLine.product, innerjoin=True))


@router.get("")
async def list_orders(
    session: DatabaseSession,
    customer_id: Id | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> OrderPage:
    connection = (await (await session.connection()).get_raw_connection()).driver_connection
    items: list[OrderOut] = []
    async with connection.cursor(name="page") as rows:
        await rows.execute(PAGE, {"customer": customer_id, "limit": limit})
        # The database hands over one row at a time, so that nothing is loaded whole.
        while row := await rows.fetchone():
            *order, product_id, name, quantity, price_cents = row
            if not items or items[-1].id != order[0]:
                items.append(OrderOut(**dict(zip(COLUMNS, order, strict=True)), lines=[]))
            if product_id is not None:
                line = LineOut(product_id=product_id, name=name, quantity=quantity, price_cents=price_cents)
                items[-1].lines.append(line)
    return OrderPage(items=items)


@router.get("/{order_id}")
async def read_order(order_id: Id, session: DatabaseSession) -> OrderOut:
    order = await session.scalar(orders_with_lines().where(Order.id == order_id))
    if order is None:
        raise HTTPException(404, "There is no such order.")
    return OrderOut.of(order)
