from collections.abc import Sequence

from sqlalchemy import Select, tuple_

from app.database import Database
from app.models import Order
from app.schemas.orders import OrderSearch
from app.services.cursors import Cursors
from app.services.orders import orders_with_lines


class OrderSearchService:
    def __init__(self, database: Database, cursors: Cursors) -> None:
        self._database = database
        self._cursors = cursors

    async def page(self, search: OrderSearch) -> tuple[Sequence[Order], str | None]:
        """The newest orders that fit, and the cursor of the page after them if there is one."""
        query = self._matching(search).order_by(Order.placed_at.desc(), Order.id.desc())
        async with self._database.transaction() as session:
            # One more than asked for tells whether there is a next page.
            found = (await session.scalars(query.limit(search.limit + 1))).all()
        orders = found[: search.limit]
        if len(found) == len(orders):
            return orders, None
        return orders, self._cursors.after(orders[-1].placed_at, orders[-1].id)

    def _matching(self, search: OrderSearch) -> Select[Order]:
        query = orders_with_lines()
        if search.customer_id is not None:
            query = query.where(Order.customer_id == search.customer_id)
        if search.status is not None:
            query = query.where(Order.status == search.status)
        if search.placed_from is not None:
            query = query.where(Order.placed_at >= search.placed_from)
        if search.placed_before is not None:
            query = query.where(Order.placed_at < search.placed_before)
        if search.cursor is not None:
            # After a place, not after a count: page 900 costs what page 1 costs (chapter 11).
            query = query.where(tuple_(Order.placed_at, Order.id) < self._cursors.read(search.cursor))
        return query
