from datetime import date

from fastapi import APIRouter
from sqlalchemy import text

from app.database import DatabaseSession
from app.schemas import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])

TOTALS = text("SELECT orders, revenue_cents FROM nights WHERE night = :night")


@router.get("/nightly")
async def read_nightly_report(date: date, session: DatabaseSession) -> NightlyReport:
    found = (await session.execute(TOTALS, {"night": date})).one_or_none()
    orders, revenue = found or (0, 0)
    return NightlyReport(date=date, orders=orders, revenue_cents=revenue)
