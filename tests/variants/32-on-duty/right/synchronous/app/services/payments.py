"""Money: no transaction is open while the provider is asked (chapters 07 and 14).

The provider is asked on the event loop, where a deadline ends a call; the database in threads.
"""

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clients.payments import PaymentProvider
from app.database import Database
from app.errors import Conflict, NotFound
from app.models import Order, OrderStatus, Payment, PaymentStatus
from app.schemas.payments import PaymentState
from app.services.orders import find_order
from app.services.stock import give_back_stock


class PaymentService:
    def __init__(self, database: Database, provider: PaymentProvider) -> None:
        self._database = database
        self._provider = provider

    async def pay(self, order_id: int, card_token: str) -> Payment:
        order = await run_in_threadpool(self._open_order, order_id)
        charge = await self._provider.charge(order_id, order.total_cents, card_token)
        payment = await run_in_threadpool(self._store, order, charge.id)
        if payment is None:
            await self._provider.refund(charge.id)
            raise not_open(order)
        return payment

    async def state(self, order_id: int) -> PaymentState:
        """The payment as it is stored, and what the provider says of it now."""
        payment = await run_in_threadpool(self._payment, order_id)
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
        closed, payment = await run_in_threadpool(self._close_unpaid, order_id)
        if payment is None:
            return closed
        await self._provider.refund(payment.provider_ref)
        return await run_in_threadpool(self._close_paid, order_id)

    def _open_order(self, order_id: int) -> Order:
        with self._database.transaction() as session:
            order = find_order(session, order_id)
        if order.status != OrderStatus.PLACED:
            raise not_open(order)
        return order

    def _store(self, order: Order, charge_id: str) -> Payment | None:
        with self._database.transaction() as session:
            # Somebody may have paid or cancelled meanwhile: only a placed order becomes paid.
            placed = update(Order).where(Order.id == order.id, Order.status == OrderStatus.PLACED)
            if session.scalar(placed.values(status=OrderStatus.PAID).returning(Order.id)) is None:
                return None
            payment = Payment(
                order_id=order.id,
                status=PaymentStatus.PAID,
                amount_cents=order.total_cents,
                provider_ref=charge_id,
            )
            session.add(payment)
        return payment

    def _payment(self, order_id: int) -> Payment:
        with self._database.transaction() as session:
            find_order(session, order_id)
            return find_payment(session, order_id)

    def _close_unpaid(self, order_id: int) -> tuple[Order, Payment | None]:
        with self._database.transaction() as session:
            order = find_order(session, order_id, lock=True)
            if order.status == OrderStatus.PLACED:
                close(session, order)
                return order, None
            if order.status != OrderStatus.PAID:
                raise not_open(order)
            return order, find_payment(session, order_id)

    def _close_paid(self, order_id: int) -> Order:
        with self._database.transaction() as session:
            order = find_order(session, order_id, lock=True)
            if order.status != OrderStatus.PAID:
                raise not_open(order)
            close(session, order)
            find_payment(session, order_id).status = PaymentStatus.REFUNDED
        return order


def find_payment(session: Session, order_id: int) -> Payment:
    newest = select(Payment).where(Payment.order_id == order_id).order_by(Payment.id.desc()).limit(1)
    payment = session.scalar(newest)
    if payment is None:
        raise NotFound("payment_not_found", f"Nothing was paid for order {order_id}.")
    return payment


def close(session: Session, order: Order) -> None:
    order.status = OrderStatus.CANCELLED
    give_back_stock(session, {line.product_id: line.quantity for line in order.lines})


def not_open(order: Order) -> Conflict:
    return Conflict("order_not_open", f"Order {order.id} cannot be paid or cancelled any more.")
