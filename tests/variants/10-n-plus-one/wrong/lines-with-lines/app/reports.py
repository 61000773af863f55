from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter
from sqlalchemy import Select, select
from sqlalchemy.orm import aliased, joinedload

from app.database import DatabaseSession
from app.models import Order, OrderLine
from app.schemas import NightlyReport, PairSales, ProductSales

router = APIRouter(prefix="/reports", tags=["reports"])

PAIRS = 10


def orders_of(night: date) -> Select[Order]:
    start = datetime.combine(night, time(), UTC)
    return select(Order).where(
        Order.placed_at >= start, Order.placed_at < start + timedelta(days=1), Order.status != "cancelled"
    )


@router.get("/nightly")
async def read_nightly_report(date: date, session: DatabaseSession) -> NightlyReport:
    first, second = aliased(OrderLine), aliased(OrderLine)
    rows = await session.execute(
        orders_of(date)
        .add_columns(first, second)
        .join(first, first.order_id == Order.id)
        .join(second, second.order_id == Order.id)
        .options(joinedload(first.product))
    )
    orders: dict[int, Order] = {}
    sales: dict[int, ProductSales] = {}
    pairs: Counter[tuple[int, int]] = Counter()
    for order, one, other in rows:
        orders[order.id] = order
        if one.product_id < other.product_id:
            pairs[one.product_id, other.product_id] += 1
        elif one.product_id == other.product_id:
            add_sale(sales, one)
    return NightlyReport(
        date=date,
        orders=len(orders),
        revenue_cents=sum(order.total_cents for order in orders.values()),
        products=sorted(sales.values(), key=lambda sold: (-sold.quantity, sold.product_id)),
        pairs=[
            PairSales(products=pair, orders=together)
            for pair, together in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:PAIRS]
        ],
    )


def add_sale(sales: dict[int, ProductSales], line: OrderLine) -> None:
    nothing_yet = ProductSales(product_id=line.product_id, name=line.product.name, quantity=0, revenue_cents=0)
    sold = sales.setdefault(line.product_id, nothing_yet)
    sold.quantity += line.quantity
    sold.revenue_cents += line.quantity * line.price_cents
