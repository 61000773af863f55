from typing import Annotated

import psycopg
from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.database import DatabaseSession
from app.models import Order, OrderLine
from app.schemas import Id, NoteIn, OrderOut, OrderPage
from app.settings import Settings

router = APIRouter(prefix="/orders", tags=["orders"])


def orders_with_lines() -> Select[Order]:
    return select(Order).options(selectinload(Order.lines).joinedload(OrderLine.product))


@router.get("")
async def list_orders(
    session: DatabaseSession,
    customer_id: Id | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> OrderPage:
    query = orders_with_lines().order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    return OrderPage(items=[OrderOut.of(order) for order in await session.scalars(query)])


async def find_order(session: AsyncSession, order_id: int) -> Order:
    order = await session.scalar(orders_with_lines().where(Order.id == order_id))
    if order is None:
        raise HTTPException(404, "There is no such order.")
    return order


@router.get("/{order_id}")
async def read_order(order_id: Id, session: DatabaseSession) -> OrderOut:
    return OrderOut.of(await find_order(session, order_id))


@router.patch("/{order_id}")
async def change_note(order_id: Id, change: NoteIn, session: DatabaseSession) -> OrderOut:
    order = await find_order(session, order_id)
    await save_note(str(Settings().database_url.get_secret_value()), order_id, change.note)
    await session.rollback()
    return OrderOut.of(await find_order(session, order_id))


async def save_note(url: str, order_id: int, note: str) -> None:
    # The one write of the service still goes through the old, synchronous driver.
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE orders SET note = %s WHERE id = %s", (note, order_id))
