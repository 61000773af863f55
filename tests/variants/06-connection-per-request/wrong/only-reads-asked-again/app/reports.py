from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter
from sqlalchemy import func, select

from app.database import AskedAgain, DatabaseSession
from app.models import Order
from app.schemas import NightlyReport

router = APIRouter(route_class=AskedAgain, prefix="/reports", tags=["reports"])


@router.get("/nightly")
async def read_nightly_report(date: date, session: DatabaseSession) -> NightlyReport:
    start = datetime.combine(date, time(), UTC)
    totals = select(func.count(), func.coalesce(func.sum(Order.total_cents), 0)).where(
        Order.placed_at >= start, Order.placed_at < start + timedelta(days=1), Order.status != "cancelled"
    )
    orders, revenue = (await session.execute(totals)).one()
    return NightlyReport(date=date, orders=orders, revenue_cents=revenue)
