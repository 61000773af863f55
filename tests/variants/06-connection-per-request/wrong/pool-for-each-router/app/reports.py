from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter, Request
from sqlalchemy import func, select

from app.models import Order
from app.schemas import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])


@router.get("/nightly")
async def read_nightly_report(date: date, request: Request) -> NightlyReport:
    start = datetime.combine(date, time(), UTC)
    totals = select(func.count(), func.coalesce(func.sum(Order.total_cents), 0)).where(
        Order.placed_at >= start, Order.placed_at < start + timedelta(days=1), Order.status != "cancelled"
    )
    async with request.app.state.report_sessions() as session:
        orders, revenue = (await session.execute(totals)).one()
    return NightlyReport(date=date, orders=orders, revenue_cents=revenue)
