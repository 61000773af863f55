from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import Select, select

from app.database import DatabaseSession
from app.models import Order, OrderLine, Product
from app.schemas import NightlyReport, PairSales, ProductSales

router = APIRouter(prefix="/reports", tags=["reports"])

# A night ends where the next day begins, and after this one there is none.
Night = Annotated[date, Query(lt=date(9999, 12, 31))]

PAIRS = 10


def orders_of(night: date) -> Select[Order]:
    start = datetime.combine(night, time(), UTC)
    return select(Order).where(
        Order.placed_at >= start, Order.placed_at < start + timedelta(days=1), Order.status != "cancelled"
    )


# TODO(10.2): and this, for a good night?
@router.get("/nightly")
async def read_nightly_report(date: Night, session: DatabaseSession) -> NightlyReport:
    orders = (await session.scalars(orders_of(date))).all()
    sales: dict[int, ProductSales] = {}
    pairs: Counter[tuple[int, int]] = Counter()
    for order in orders:
        lines = await order.awaitable_attrs.lines
        for line in lines:
            add_sale(sales, await line.awaitable_attrs.product, line)
        pairs.update(combinations(sorted(line.product_id for line in lines), 2))
    return NightlyReport(
        date=date,
        orders=len(orders),
        revenue_cents=sum(order.total_cents for order in orders),
        products=sorted(sales.values(), key=lambda sold: (-sold.quantity, sold.product_id)),
        pairs=[
            PairSales(products=pair, orders=together)
            for pair, together in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:PAIRS]
        ],
    )


def add_sale(sales: dict[int, ProductSales], product: Product, line: OrderLine) -> None:
    nothing_yet = ProductSales(product_id=product.id, name=product.name, quantity=0, revenue_cents=0)
    sold = sales.setdefault(product.id, nothing_yet)
    sold.quantity += line.quantity
    sold.revenue_cents += line.quantity * line.price_cents
