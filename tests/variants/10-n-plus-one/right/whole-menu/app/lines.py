"""The lines of some orders, with the names of their products."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Order, OrderLine, Product


async def names_on_the_menu(session: AsyncSession) -> dict[int, str]:
    return dict((await session.execute(select(Product.id, Product.name))).tuples().all())


async def lines_of(session: AsyncSession, orders: Iterable[Order]) -> dict[int, list[OrderLine]]:
    lines: dict[int, list[OrderLine]] = {order.id: [] for order in orders}
    query = select(OrderLine).where(OrderLine.order_id.in_(lines)).order_by(OrderLine.position)
    for line in await session.scalars(query):
        lines[line.order_id].append(line)
    return lines
