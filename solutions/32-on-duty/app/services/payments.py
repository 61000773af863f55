"""Money: no transaction is open while the provider is asked (chapters 07 and 14)."""

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.payments import PaymentProvider
from app.database import Database
from app.errors import Conflict, NotFound
from app.models import Order, OrderStatus, Payment, PaymentStatus
from app.schemas.payments import PaymentState
from app.services.orders import find_order
from app.services.stock import give_back_stock

log = structlog.stdlib.get_logger(__name__)


class PaymentService:
    def __init__(self, database: Database, provider: PaymentProvider) -> None:
        self._database = database
        self._provider = provider

    async def pay(self, order_id: int, card_token: str) -> Payment:
        async with self._database.transaction() as session:
            order = await find_order(session, order_id)
        if order.status != OrderStatus.PLACED:
            raise not_open(order)
        charge = await self._provider.charge(order_id, order.total_cents, card_token)
        try:
            payment = await self._store(order, charge.id)
            if payment is None:
                await self._provider.refund(charge.id)
        except BaseException:
            # A cancelled request too: the money has moved, and somebody must be able to find it.
            event = "A charge may be neither stored nor refunded."
            log.error(event, order_id=order_id, provider_ref=charge.id)  # noqa: TRY400 - who answers tells the error
            raise
        if payment is None:
            raise not_open(order)
        return payment

    async def _store(self, order: Order, provider_ref: str) -> Payment | None:
        """The payment, if its order is still to be paid."""
        async with self._database.transaction() as session:
            # Somebody may have paid or cancelled meanwhile: only a placed order becomes paid.
            placed = update(Order).where(Order.id == order.id, Order.status == OrderStatus.PLACED)
            if await session.scalar(placed.values(status=OrderStatus.PAID).returning(Order.id)) is None:
                return None
            payment = Payment(
                order_id=order.id,
                status=PaymentStatus.PAID,
                amount_cents=order.total_cents,
                provider_ref=provider_ref,
            )
            session.add(payment)
        return payment

    async def state(self, order_id: int) -> PaymentState:
        """The payment as it is stored, and what the provider says of it now."""
        async with self._database.transaction() as session:
            await find_order(session, order_id)
            payment = await find_payment(session, order_id)
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
        async with self._database.transaction() as session:
            order = await find_order(session, order_id, lock=True)
            if order.status == OrderStatus.PLACED:
                await close(session, order)
                return order
            if order.status != OrderStatus.PAID:
                raise not_open(order)
            payment = await find_payment(session, order_id)
        await self._provider.refund(payment.provider_ref)
        async with self._database.transaction() as session:
            order = await find_order(session, order_id, lock=True)
            # Whatever became of the order meanwhile, the money is back.
            (await session.get_one(Payment, payment.id)).status = PaymentStatus.REFUNDED
            if order.status == OrderStatus.PAID:
                await close(session, order)
                return order
        raise not_open(order)


async def find_payment(session: AsyncSession, order_id: int) -> Payment:
    newest = select(Payment).where(Payment.order_id == order_id).order_by(Payment.id.desc()).limit(1)
    payment = await session.scalar(newest)
    if payment is None:
        raise NotFound("payment_not_found", f"Nothing was paid for order {order_id}.")
    return payment


async def close(session: AsyncSession, order: Order) -> None:
    order.status = OrderStatus.CANCELLED
    await give_back_stock(session, {line.product_id: line.quantity for line in order.lines})


def not_open(order: Order) -> Conflict:
    return Conflict("order_not_open", f"Order {order.id} cannot be paid or cancelled any more.")
