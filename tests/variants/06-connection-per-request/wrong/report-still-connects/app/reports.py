from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter, Request
from sqlalchemy import NullPool, func, select
from sqlalchemy.ext.asyncio import create_async_engine

from app.models import Order
from app.schemas import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])


@router.get("/nightly")
async def read_nightly_report(date: date, request: Request) -> NightlyReport:
    start = datetime.combine(date, time(), UTC)
    totals = select(func.count(), func.coalesce(func.sum(Order.total_cents), 0)).where(
        Order.placed_at >= start, Order.placed_at < start + timedelta(days=1), Order.status != "cancelled"
    )
    engine = create_async_engine(request.app.state.database_url, poolclass=NullPool)
    async with engine.connect() as connection:
        orders, revenue = (await connection.execute(totals)).one()
    return NightlyReport(date=date, orders=orders, revenue_cents=revenue)
