from datetime import date

from fastapi import APIRouter
from sqlalchemy import text

from app.database import DatabaseSession
from app.schemas import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])

TOTALS = text(
    "SELECT count(*), coalesce(sum(total_cents), 0) FROM orders "
    "WHERE (placed_at AT TIME ZONE 'UTC')::date = :night AND status <> 'cancelled'"
)


@router.get("/nightly")
async def read_nightly_report(date: date, session: DatabaseSession) -> NightlyReport:
    orders, revenue = (await session.execute(TOTALS, {"night": date})).one()
    return NightlyReport(date=date, orders=orders, revenue_cents=revenue)
