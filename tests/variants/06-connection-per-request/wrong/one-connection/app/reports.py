from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter

from app.database import OpenDatabase
from app.schemas import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])

TOTALS = """
    SELECT count(*) AS orders, coalesce(sum(total_cents), 0) AS revenue FROM orders
    WHERE placed_at >= %s AND placed_at < %s AND status <> 'cancelled'
"""


@router.get("/nightly")
async def read_nightly_report(date: date, database: OpenDatabase) -> NightlyReport:
    start = datetime.combine(date, time(), UTC)
    (totals,) = await database.rows(TOTALS, start, start + timedelta(days=1))
    return NightlyReport(date=date, orders=totals["orders"], revenue_cents=totals["revenue"])
