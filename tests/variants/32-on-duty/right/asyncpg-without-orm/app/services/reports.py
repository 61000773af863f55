"""The nightly report: the database counts, so that the event loop does not (chapter 22)."""

from datetime import UTC, date, datetime, time, timedelta

from app.database import Database
from app.schemas.reports import NightlyReport, PairSales, ProductSales

TONIGHT = "o.placed_at >= $1 AND o.placed_at < $2 AND o.status <> 'cancelled'"
TOTALS = f"SELECT count(*), coalesce(sum(o.total_cents), 0) FROM orders AS o WHERE {TONIGHT}"
PRODUCTS = f"""
SELECT p.id AS product_id, p.name, sum(l.quantity) AS quantity, sum(l.quantity * l.price_cents) AS revenue_cents
FROM orders AS o JOIN order_lines AS l ON l.order_id = o.id JOIN products AS p ON p.id = l.product_id
WHERE {TONIGHT} GROUP BY p.id ORDER BY quantity DESC, p.id
"""
PAIRS = f"""
SELECT one.product_id AS first, other.product_id AS second, count(*) AS orders
FROM orders AS o JOIN order_lines AS one ON one.order_id = o.id
JOIN order_lines AS other ON other.order_id = o.id AND other.product_id > one.product_id
WHERE {TONIGHT} GROUP BY 1, 2 ORDER BY orders DESC, 1, 2 LIMIT 10
"""


class ReportService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def night(self, night: date) -> NightlyReport:
        start = datetime.combine(night, time(), UTC)
        hours = start, start + timedelta(days=1)
        async with self._database.transaction() as connection:
            orders, revenue_cents = await connection.fetchrow(TOTALS, *hours)
            products = await connection.fetch(PRODUCTS, *hours)
            pairs = await connection.fetch(PAIRS, *hours)
        return NightlyReport(
            date=night,
            orders=orders,
            revenue_cents=revenue_cents,
            products=[ProductSales(**row) for row in products],
            pairs=[PairSales(products=(row["first"], row["second"]), orders=row["orders"]) for row in pairs],
        )
