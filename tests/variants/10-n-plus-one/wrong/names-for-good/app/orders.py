from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.database import DatabaseSession
from app.models import Order, OrderLine, Product
from app.schemas import OrderOut, OrderPage

router = APIRouter(prefix="/orders", tags=["orders"])


_names: dict[int, str] = {}


def orders_with_lines() -> Select[Order]:
    return select(Order).options(selectinload(Order.lines))


async def learn_names(session: AsyncSession, orders: Iterable[Order]) -> None:
    if {line.product_id for order in orders for line in order.lines} - _names.keys():
        found = await session.execute(select(Product.id, Product.name))
        _names.update(found.tuples().all())
    for order in orders:
        for line in order.lines:
            set_committed_value(line, "product", Product(id=line.product_id, name=_names[line.product_id]))


@router.get("")
async def list_orders(
    session: DatabaseSession,
    customer_id: int | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> OrderPage:
    query = orders_with_lines().order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    orders = (await session.scalars(query)).all()
    await learn_names(session, orders)
    return OrderPage(items=[OrderOut.of(order) for order in orders])


@router.get("/{order_id}")
async def read_order(order_id: int, session: DatabaseSession) -> OrderOut:
    order = await session.scalar(orders_with_lines().where(Order.id == order_id))
    if order is None:
        raise HTTPException(404, "There is no such order.")
    await learn_names(session, [order])
    return OrderOut.of(order)
