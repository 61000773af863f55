from datetime import date

from fastapi import APIRouter

from app.database import Connection
from app.schemas import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])


@router.get("/nightly")
async def read_nightly_report(date: date, connection: Connection) -> NightlyReport:
    cursor = await connection.execute(
        "SELECT %(night)s::date AS date, count(*) AS orders, coalesce(sum(total_cents), 0) AS revenue_cents FROM orders"
        " WHERE (placed_at AT TIME ZONE 'UTC')::date = %(night)s AND status <> 'cancelled'",
        {"night": date},
    )
    return NightlyReport.model_validate(await cursor.fetchone())
