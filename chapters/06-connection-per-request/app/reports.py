from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.models import Order
from app.schemas import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])

# A night ends where the next day begins, and after this one there is none.
Night = Annotated[date, Query(lt=date(9999, 12, 31))]


@cache
def kept_engine(url: str) -> AsyncEngine:
    """The dashboard asks for the report every few seconds, so its connections are kept."""
    # TODO(06.2): the database was replaced at 03:41. What does this engine still hold at 03:42?
    # TODO(06.4): who closes its connections when the process ends?
    return create_async_engine(url)


@router.get("/nightly")
async def read_nightly_report(date: Night, request: Request) -> NightlyReport:
    start = datetime.combine(date, time(), UTC)
    totals = select(func.count(), func.coalesce(func.sum(Order.total_cents), 0)).where(
        Order.placed_at >= start, Order.placed_at < start + timedelta(days=1), Order.status != "cancelled"
    )
    async with AsyncSession(kept_engine(request.app.state.database_url)) as session:
        orders, revenue = (await session.execute(totals)).one()
    return NightlyReport(date=date, orders=orders, revenue_cents=revenue)
