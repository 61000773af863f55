from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.database import DatabaseSession
from app.models import Order, OrderLine, Product
from app.schemas import Id, LineOut, OrderOut, OrderPage

router = APIRouter(prefix="/orders", tags=["orders"])


def orders_with_lines() -> Select[Order]:
    # Two statements for any page: the orders, then the lines of all of them, joined with their products.
    return select(Order).options(selectinload(Order.lines).joinedload(OrderLine.product, innerjoin=True))


@router.get("")
async def list_orders(
    session: DatabaseSession,
    customer_id: Id | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> OrderPage:
    query = select(Order).order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    orders = (await session.scalars(query)).all()
    return OrderPage(items=await with_lines(session, orders, customer_id))


async def with_lines(session: AsyncSession, orders: Sequence[Order], customer_id: int | None) -> list[OrderOut]:
    if not orders:
        return []
    lines: dict[int, list[LineOut]] = {order.id: [] for order in orders}
    query = (
        select(OrderLine.order_id, OrderLine.product_id, Product.name, OrderLine.quantity, OrderLine.price_cents)
        .join(Product, Product.id == OrderLine.product_id)
        .order_by(OrderLine.order_id, OrderLine.position)
    )
    if customer_id is not None:
        query = query.where(OrderLine.order_id.in_(lines))
    for order_id, product_id, name, quantity, price_cents in await session.execute(query):
        if order_id in lines:
            lines[order_id].append(
                LineOut(product_id=product_id, name=name, quantity=quantity, price_cents=price_cents)
            )
    return [
        OrderOut(
            id=order.id, customer_id=order.customer_id, status=order.status, total_cents=order.total_cents,
            note=order.note, placed_at=order.placed_at, lines=lines[order.id],
        )
        for order in orders
    ]


@router.get("/{order_id}")
async def read_order(order_id: Id, session: DatabaseSession) -> OrderOut:
    order = await session.scalar(orders_with_lines().where(Order.id == order_id))
    if order is None:
        raise HTTPException(404, "There is no such order.")
    return OrderOut.of(order)
