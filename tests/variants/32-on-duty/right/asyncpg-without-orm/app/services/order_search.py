from collections.abc import Sequence

from app.database import Database
from app.models import Order
from app.schemas.orders import OrderSearch
from app.services.cursors import Cursors
from app.services.orders import ORDERS, read_order


class OrderSearchService:
    def __init__(self, database: Database, cursors: Cursors) -> None:
        self._database = database
        self._cursors = cursors

    async def page(self, search: OrderSearch) -> tuple[Sequence[Order], str | None]:
        """The newest orders that fit, and the cursor of the page after them if there is one."""
        conditions, values = self._matching(search)
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        # One more than asked for tells whether there is a next page.
        query = f"{ORDERS} {where} ORDER BY o.placed_at DESC, o.id DESC LIMIT {search.limit + 1}"
        async with self._database.transaction() as connection:
            found = [read_order(row) for row in await connection.fetch(query, *values)]
        orders = found[: search.limit]
        if len(found) == len(orders):
            return orders, None
        return orders, self._cursors.after(orders[-1].placed_at, orders[-1].id)

    def _matching(self, search: OrderSearch) -> tuple[list[str], list[object]]:
        conditions: list[str] = []
        values: list[object] = []

        def add(condition: str, *given: object) -> None:
            places = [f"${len(values) + n}" for n in range(1, len(given) + 1)]
            conditions.append(condition.format(*places))
            values.extend(given)

        if search.customer_id is not None:
            add("o.customer_id = {}", search.customer_id)
        if search.status is not None:
            # Written out, not bound: a prepared plan for any status could not use the index on the open ones.
            conditions.append(f"o.status = '{search.status.value}'")
        if search.placed_from is not None:
            add("o.placed_at >= {}", search.placed_from)
        if search.placed_before is not None:
            add("o.placed_at < {}", search.placed_before)
        if search.cursor is not None:
            add("(o.placed_at, o.id) < ({}, {})", *self._cursors.read(search.cursor))
        return conditions, values
