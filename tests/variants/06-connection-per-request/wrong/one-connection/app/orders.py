import json
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from app.database import OpenDatabase
from app.schemas import NoteIn, OrderOut, OrderPage

router = APIRouter(prefix="/orders", tags=["orders"])

LINES = """
    SELECT coalesce(json_agg(json_build_object(
        'product_id', product_id, 'name', name, 'quantity', quantity, 'price_cents', order_lines.price_cents
    ) ORDER BY position), '[]')::text
    FROM order_lines JOIN products ON products.id = product_id WHERE order_id = orders.id
"""
ORDERS = f"SELECT id, customer_id, status, total_cents, note, placed_at, ({LINES}) AS lines FROM orders"
NEWEST = f"{ORDERS} WHERE customer_id = coalesce(%s::bigint, customer_id) ORDER BY placed_at DESC, id DESC LIMIT %s"
ONE = f"{ORDERS} WHERE id = %s"
CHANGE = "UPDATE orders SET note = %s WHERE id = %s"


def order_out(row: dict[str, object]) -> OrderOut:
    return OrderOut.model_validate({**row, "lines": json.loads(str(row["lines"]))})


@router.get("")
async def list_orders(
    database: OpenDatabase,
    customer_id: int | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> OrderPage:
    return OrderPage(items=[order_out(row) for row in await database.rows(NEWEST, customer_id, limit)])


@router.get("/{order_id}")
async def read_order(order_id: int, database: OpenDatabase) -> OrderOut:
    found = await database.rows(ONE, order_id)
    if not found:
        raise HTTPException(404, "There is no such order.")
    return order_out(found[0])


@router.patch("/{order_id}")
async def change_note(order_id: int, change: NoteIn, database: OpenDatabase) -> OrderOut:
    await database.execute(CHANGE, change.note, order_id)
    return await read_order(order_id, database)
