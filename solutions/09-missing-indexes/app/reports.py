from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import func, select

from app.database import DatabaseSession
from app.models import Order
from app.schemas import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])

# A night ends where the next day begins, and after this one there is none.
Night = Annotated[date, Query(lt=date(9999, 12, 31))]


@router.get("/nightly")
async def read_nightly_report(date: Night, session: DatabaseSession) -> NightlyReport:
    start = datetime.combine(date, time(), UTC)
    totals = select(func.count(), func.coalesce(func.sum(Order.total_cents), 0)).where(
        Order.placed_at >= start, Order.placed_at < start + timedelta(days=1), Order.status != "cancelled"
    )
    orders, revenue = (await session.execute(totals)).one()
    return NightlyReport(date=date, orders=orders, revenue_cents=revenue)
