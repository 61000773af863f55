from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations

from fastapi import APIRouter
from sqlalchemy import Select, select

from app.database import DatabaseSession
from app.lines import lines_of, names_on_the_menu
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
    orders = (await session.scalars(orders_of(date))).all()
    lines_by_order, names = await lines_of(session, orders), await names_on_the_menu(session)
    sales: dict[int, ProductSales] = {}
    pairs: Counter[tuple[int, int]] = Counter()
    for order in orders:
        lines = lines_by_order[order.id]
        for line in lines:
            add_sale(sales, names[line.product_id], line)
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


def add_sale(sales: dict[int, ProductSales], name: str, line: OrderLine) -> None:
    nothing_yet = ProductSales(product_id=line.product_id, name=name, quantity=0, revenue_cents=0)
    sold = sales.setdefault(line.product_id, nothing_yet)
    sold.quantity += line.quantity
    sold.revenue_cents += line.quantity * line.price_cents
