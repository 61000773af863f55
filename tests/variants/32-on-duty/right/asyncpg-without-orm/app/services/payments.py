"""Money: no transaction is open while the provider is asked (chapters 07 and 14)."""

from typing import Any

from app.clients.payments import PaymentProvider
from app.database import Database
from app.errors import Conflict, NotFound
from app.models import Order, OrderStatus, Payment
from app.schemas.payments import PaymentState
from app.services.orders import find_order
from app.services.stock import give_back_stock

COLUMNS = "order_id, status, amount_cents, provider_ref"
NEWEST = f"SELECT {COLUMNS} FROM payments WHERE order_id = $1 ORDER BY id DESC LIMIT 1"
INSERT = f"INSERT INTO payments (order_id, amount_cents, provider_ref) VALUES ($1, $2, $3) RETURNING {COLUMNS}"
BECOMES_PAID = "UPDATE orders SET status = 'paid' WHERE id = $1 AND status = 'placed' RETURNING id"
REFUNDED = """
UPDATE payments SET status = 'refunded' WHERE id = (SELECT max(id) FROM payments WHERE order_id = $1)
"""


class PaymentService:
    def __init__(self, database: Database, provider: PaymentProvider) -> None:
        self._database = database
        self._provider = provider

    async def pay(self, order_id: int, card_token: str) -> Payment:
        async with self._database.transaction() as connection:
            order = await find_order(connection, order_id)
        if order.status != OrderStatus.PLACED:
            raise not_open(order)
        charge = await self._provider.charge(order_id, order.total_cents, card_token)
        async with self._database.transaction() as connection:
            # Somebody may have paid or cancelled meanwhile: only a placed order becomes paid.
            if await connection.fetchval(BECOMES_PAID, order_id) is not None:
                row = await connection.fetchrow(INSERT, order_id, order.total_cents, charge.id)
                return Payment(**row)
        await self._provider.refund(charge.id)
        raise not_open(order)

    async def state(self, order_id: int) -> PaymentState:
        """The payment as it is stored, and what the provider says of it now."""
        async with self._database.transaction() as connection:
            await find_order(connection, order_id)
            payment = await find_payment(connection, order_id)
        charge = await self._provider.find(payment.provider_ref)
        return PaymentState(
            order_id=order_id,
            status=payment.status,
            amount_cents=payment.amount_cents,
            provider_ref=payment.provider_ref,
            provider_status=charge.status,
        )

    async def cancel(self, order_id: int) -> Order:
        """Give the stock back, and the money first."""
        async with self._database.transaction() as connection:
            order = await find_order(connection, order_id, lock=True)
            if order.status == OrderStatus.PLACED:
                await close(connection, order)
                return order
            if order.status != OrderStatus.PAID:
                raise not_open(order)
            payment = await find_payment(connection, order_id)
        await self._provider.refund(payment.provider_ref)
        async with self._database.transaction() as connection:
            order = await find_order(connection, order_id, lock=True)
            if order.status != OrderStatus.PAID:
                raise not_open(order)
            await close(connection, order)
            await connection.execute(REFUNDED, order_id)
        return order


async def find_payment(connection: Any, order_id: int) -> Payment:
    row = await connection.fetchrow(NEWEST, order_id)
    if row is None:
        raise NotFound("payment_not_found", f"Nothing was paid for order {order_id}.")
    return Payment(**row)


async def close(connection: Any, order: Order) -> None:
    order.status = OrderStatus.CANCELLED
    await connection.execute("UPDATE orders SET status = 'cancelled' WHERE id = $1", order.id)
    await give_back_stock(connection, {line.product_id: line.quantity for line in order.lines})


def not_open(order: Order) -> Conflict:
    return Conflict("order_not_open", f"Order {order.id} cannot be paid or cancelled any more.")
