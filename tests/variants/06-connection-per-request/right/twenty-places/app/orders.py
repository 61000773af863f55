from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from app.database import Connection
from app.schemas import NoteIn, OrderOut, OrderPage

router = APIRouter(prefix="/orders", tags=["orders"])

COLUMNS = """
    o.*, (SELECT json_agg(json_build_object('product_id', l.product_id, 'name', p.name, 'quantity', l.quantity,
                                            'price_cents', l.price_cents) ORDER BY l.position)
          FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = o.id) AS lines
"""


def shown(row: dict[str, Any]) -> OrderOut:
    return OrderOut.model_validate(row | {"lines": row["lines"] or []})


@router.get("")
async def list_orders(
    connection: Connection,
    customer_id: int | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> OrderPage:
    cursor = await connection.execute(
        f"SELECT {COLUMNS} FROM orders o WHERE %(customer)s::bigint IS NULL OR customer_id = %(customer)s"
        " ORDER BY placed_at DESC, id DESC LIMIT %(limit)s",
        {"customer": customer_id, "limit": limit},
    )
    return OrderPage(items=[shown(row) for row in await cursor.fetchall()])


@router.get("/{order_id}")
async def read_order(order_id: int, connection: Connection) -> OrderOut:
    cursor = await connection.execute(f"SELECT {COLUMNS} FROM orders o WHERE id = %s", (order_id,))
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "There is no such order.")
    return shown(row)


@router.patch("/{order_id}")
async def change_note(order_id: int, change: NoteIn, connection: Connection) -> OrderOut:
    await connection.execute("UPDATE orders SET note = %s WHERE id = %s", (change.note, order_id))
    return await read_order(order_id, connection)
