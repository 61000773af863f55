from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter
from sqlalchemy import text

from app.database import DatabaseSession
from app.schemas import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])

REPORT = text("""
WITH night AS (
    SELECT id, total_cents FROM orders WHERE placed_at >= :start AND placed_at < :next AND status <> 'cancelled'
), sold AS (
    SELECT order_id, product_id, name, quantity, order_lines.price_cents
    FROM night JOIN order_lines ON order_id = night.id JOIN products ON products.id = product_id
), sums AS (
    SELECT product_id, name, sum(quantity) AS quantity, sum(quantity * price_cents) AS revenue_cents
    FROM sold GROUP BY product_id, name
), pairs AS (
    SELECT a.product_id AS one, b.product_id AS other, count(*) AS orders
    FROM sold AS a JOIN sold AS b ON b.order_id = a.order_id AND b.product_id > a.product_id
    GROUP BY a.product_id, b.product_id ORDER BY count(*) DESC, 1, 2 LIMIT 10
)
SELECT
    (SELECT count(*) FROM night) AS orders,
    (SELECT coalesce(sum(total_cents), 0) FROM night) AS revenue_cents,
    (SELECT coalesce(jsonb_agg(sums ORDER BY quantity DESC, product_id), '[]') FROM sums) AS products,
    (SELECT coalesce(jsonb_agg(
        jsonb_build_object('products', jsonb_build_array(one, other), 'orders', orders) ORDER BY orders DESC, one, other
    ), '[]') FROM pairs) AS pairs
""")


@router.get("/nightly")
async def read_nightly_report(date: date, session: DatabaseSession) -> NightlyReport:
    start = datetime.combine(date, time(), UTC)
    found: Any = await session.execute(REPORT, {"start": start, "next": start + timedelta(days=1)})
    return NightlyReport.model_validate({"date": date, **found.mappings().one()})
