from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, HTTPException, Query
from psycopg.rows import dict_row
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import DatabaseSession
from app.models import Order
from app.schemas import Id, LineOut, NoteIn, OrderOut, OrderPage
from app.settings import Settings

router = APIRouter(prefix="/orders", tags=["orders"])


def orders_with_lines() -> Select[Order]:
    return select(Order)


LINES = """
    SELECT product_id, name, quantity, order_lines.price_cents
    FROM order_lines JOIN products ON products.id = product_id WHERE order_id = %s ORDER BY position
"""
connection: psycopg.Connection[dict[str, Any]] | None = None


def with_lines(order: Order) -> OrderOut:
    """The helper that everybody uses; it was synchronous before, and was not looked at."""
    global connection
    if connection is None:
        url = str(Settings().database_url.get_secret_value())
        connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
    lines = connection.execute(LINES, (order.id,)).fetchall()
    return OrderOut(
        id=order.id,
        customer_id=order.customer_id,
        status=order.status,
        total_cents=order.total_cents,
        note=order.note,
        placed_at=order.placed_at,
        lines=[LineOut(**line) for line in lines],
    )


@router.get("")
async def list_orders(
    session: DatabaseSession,
    customer_id: Id | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> OrderPage:
    query = orders_with_lines().order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    return OrderPage(items=[with_lines(order) for order in await session.scalars(query)])


async def find_order(session: AsyncSession, order_id: int) -> Order:
    order = await session.scalar(orders_with_lines().where(Order.id == order_id))
    if order is None:
        raise HTTPException(404, "There is no such order.")
    return order


@router.get("/{order_id}")
async def read_order(order_id: Id, session: DatabaseSession) -> OrderOut:
    return with_lines(await find_order(session, order_id))


@router.patch("/{order_id}")
async def change_note(order_id: Id, change: NoteIn, session: DatabaseSession) -> OrderOut:
    order = await find_order(session, order_id)
    order.note = change.note
    await session.commit()
    return with_lines(order)
