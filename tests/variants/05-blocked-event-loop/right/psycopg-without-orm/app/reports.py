from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter, Request
from psycopg import AsyncConnection

from app.schemas import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])

TOTALS = """
    SELECT count(*), coalesce(sum(total_cents), 0) FROM orders
    WHERE placed_at >= %s AND placed_at < %s AND status <> 'cancelled'
"""


@router.get("/nightly")
async def read_nightly_report(date: date, request: Request) -> NightlyReport:
    start = datetime.combine(date, time(), UTC)
    url = str(request.app.state.settings.database_url.get_secret_value())
    async with await AsyncConnection.connect(url) as connection:
        totals = await (await connection.execute(TOTALS, (start, start + timedelta(days=1)))).fetchone()
    assert totals is not None
    return NightlyReport(date=date, orders=totals[0], revenue_cents=totals[1])
