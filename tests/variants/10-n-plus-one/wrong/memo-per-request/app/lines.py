"""The lines of some orders, and the name of a product."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Order, OrderLine, Product


class Names:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._known: dict[int, str] = {}

    async def of(self, product_id: int) -> str:
        if product_id not in self._known:
            name = await self._session.scalar(select(Product.name).where(Product.id == product_id))
            self._known[product_id] = str(name)
        return self._known[product_id]


async def lines_of(session: AsyncSession, orders: Iterable[Order]) -> dict[int, list[OrderLine]]:
    lines: dict[int, list[OrderLine]] = {order.id: [] for order in orders}
    query = select(OrderLine).where(OrderLine.order_id.in_(lines)).order_by(OrderLine.position)
    for line in await session.scalars(query):
        lines[line.order_id].append(line)
    return lines
