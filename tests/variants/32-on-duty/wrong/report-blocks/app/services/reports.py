"""The nightly report: the database counts, so that the event loop does not (chapter 22)."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.database import Database
from app.models import Order, OrderLine, OrderStatus, Product
from app.schemas.reports import NightlyReport, PairSales, ProductSales

PAIRS = 10


class ReportService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def night(self, night: date) -> NightlyReport:
        with self._database.reports.connect() as connection:
            if not connection.scalar(select(Order.id).limit(1)):
                return NightlyReport(date=night, orders=0, revenue_cents=0, products=[], pairs=[])
        async with self._database.transaction() as session:
            totals = select(func.count(), func.coalesce(func.sum(Order.total_cents), 0)).where(placed_on(night))
            orders, revenue_cents = (await session.execute(totals)).one()
            return NightlyReport(
                date=night,
                orders=orders,
                revenue_cents=revenue_cents,
                products=await product_sales(session, night),
                pairs=await pair_sales(session, night),
            )


def placed_on(night: date) -> ColumnElement[bool]:
    start = datetime.combine(night, time(), UTC)
    return and_(
        Order.placed_at >= start,
        Order.placed_at < start + timedelta(days=1),
        Order.status != OrderStatus.CANCELLED,
    )


async def product_sales(session: AsyncSession, night: date) -> list[ProductSales]:
    quantity = func.sum(OrderLine.quantity)
    sales = (
        select(Product.id, Product.name, quantity, func.sum(OrderLine.quantity * OrderLine.price_cents))
        .join(OrderLine, OrderLine.product_id == Product.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(placed_on(night))
        .group_by(Product.id)
        .order_by(quantity.desc(), Product.id)
    )
    return [
        ProductSales(product_id=product_id, name=name, quantity=sold, revenue_cents=revenue_cents)
        for product_id, name, sold, revenue_cents in await session.execute(sales)
    ]


async def pair_sales(session: AsyncSession, night: date) -> list[PairSales]:
    first, second = aliased(OrderLine), aliased(OrderLine)
    together = func.count()
    pairs = (
        select(first.product_id, second.product_id, together)
        .join(second, and_(second.order_id == first.order_id, second.product_id > first.product_id))
        .join(Order, Order.id == first.order_id)
        .where(placed_on(night))
        .group_by(first.product_id, second.product_id)
        .order_by(together.desc(), first.product_id, second.product_id)
        .limit(PAIRS)
    )
    return [PairSales(products=(one, other), orders=orders) for one, other, orders in await session.execute(pairs)]
