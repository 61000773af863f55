from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import select

from app.database import DatabaseSession
from app.models import Order
from app.schemas import Id, OrderOut, OrderPage

router = APIRouter(prefix="/orders", tags=["orders"])


# TODO(10.1): how many statements is this, for a page of a hundred orders?
@router.get("")
async def list_orders(
    session: DatabaseSession,
    customer_id: Id | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> OrderPage:
    query = select(Order).order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    return OrderPage(items=[await OrderOut.of(order) for order in await session.scalars(query)])


# TODO(10.2): and this, for one order with twenty lines?
@router.get("/{order_id}")
async def read_order(order_id: Id, session: DatabaseSession) -> OrderOut:
    order = await session.get(Order, order_id)
    if order is None:
        raise HTTPException(404, "There is no such order.")
    return await OrderOut.of(order)
