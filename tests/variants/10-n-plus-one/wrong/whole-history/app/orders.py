from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.database import DatabaseSession
from app.models import Order, OrderLine
from app.schemas import OrderOut, OrderPage

router = APIRouter(prefix="/orders", tags=["orders"])


def orders_with_lines() -> Select[Order]:
    # Two statements for any page: the orders, then the lines of all of them, joined with their products.
    return select(Order).options(selectinload(Order.lines).joinedload(OrderLine.product, innerjoin=True))


@router.get("")
async def list_orders(
    session: DatabaseSession,
    customer_id: int | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> OrderPage:
    query = select(Order).order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    orders = (await session.scalars(query)).all()
    customers = {order.customer_id for order in orders}
    lines = (
        await session.scalars(
            select(OrderLine)
            .join(Order, Order.id == OrderLine.order_id)
            .where(Order.customer_id.in_(customers))
            .order_by(OrderLine.position)
            .options(joinedload(OrderLine.product))
        )
    ).all()
    for order in orders:
        set_committed_value(order, "lines", [line for line in lines if line.order_id == order.id])
    return OrderPage(items=[OrderOut.of(order) for order in orders])


@router.get("/{order_id}")
async def read_order(order_id: int, session: DatabaseSession) -> OrderOut:
    order = await session.scalar(orders_with_lines().where(Order.id == order_id))
    if order is None:
        raise HTTPException(404, "There is no such order.")
    return OrderOut.of(order)
