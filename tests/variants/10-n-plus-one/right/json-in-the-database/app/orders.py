from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import text

from app.database import DatabaseSession
from app.schemas import OrderOut, OrderPage

router = APIRouter(prefix="/orders", tags=["orders"])

COLUMNS = """
SELECT id, customer_id, status, total_cents, note, placed_at, (
    SELECT coalesce(jsonb_agg(
        jsonb_build_object(
            'product_id', product_id, 'name', name, 'quantity', quantity, 'price_cents', order_lines.price_cents
        ) ORDER BY position
    ), '[]')
    FROM order_lines JOIN products ON products.id = product_id
    WHERE order_id = orders.id
) AS lines
FROM orders
"""
PAGE = text(
    f"{COLUMNS} WHERE CAST(:customer_id AS bigint) IS NULL OR customer_id = :customer_id "
    "ORDER BY placed_at DESC, id DESC LIMIT :limit"
)
ONE = text(f"{COLUMNS} WHERE id = :order_id")


@router.get("")
async def list_orders(
    session: DatabaseSession,
    customer_id: int | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> OrderPage:
    rows = await session.execute(PAGE, {"customer_id": customer_id, "limit": limit})
    return OrderPage(items=[OrderOut.model_validate(dict(row)) for row in rows.mappings()])


@router.get("/{order_id}")
async def read_order(order_id: int, session: DatabaseSession) -> OrderOut:
    found: Any = (await session.execute(ONE, {"order_id": order_id})).mappings().one_or_none()
    if found is None:
        raise HTTPException(404, "There is no such order.")
    return OrderOut.model_validate(dict(found))
