from fastapi import APIRouter, HTTPException
from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from app.database import DatabaseSession
from app.models import Order, OrderLine, Payment, Product
from app.provider import PaymentProvider
from app.schemas import OrderOut

router = APIRouter(prefix="/orders", tags=["orders"])


def find_order(session: Session, order_id: int) -> Order:
    lines = selectinload(Order.lines).joinedload(OrderLine.product)
    order = session.scalar(select(Order).options(lines).where(Order.id == order_id))
    if order is None:
        raise HTTPException(404, "There is no such order.")
    return order


def find_payment(session: Session, order_id: int) -> Payment | None:
    newest_first = Payment.id.desc()
    return session.scalar(select(Payment).where(Payment.order_id == order_id).order_by(newest_first).limit(1))


def move_order(session: Session, order: Order, status: str) -> None:
    """Give an order its next status, unless somebody else was quicker."""
    unchanged = (Order.id == order.id) & (Order.status == order.status)
    moved = session.execute(update(Order).where(unchanged).values(status=status).returning(Order.id))
    if moved.first() is None:
        raise HTTPException(409, "The order has changed meanwhile.")


@router.post("/{order_id}/cancellation")
def cancel_order(order_id: int, session: DatabaseSession, provider: PaymentProvider) -> OrderOut:
    with session.begin():
        order = find_order(session, order_id)
        payment = find_payment(session, order_id)
    if order.status not in ("placed", "paid"):
        raise HTTPException(409, "The order is not open any more.")
    if order.status == "paid" and payment is not None:
        provider.refund(payment.provider_ref)
    with session.begin():
        move_order(session, order, "cancelled")
        if payment is not None:
            session.execute(update(Payment).where(Payment.id == payment.id).values(status="refunded"))
        for line in sorted(order.lines, key=lambda line: line.product_id):
            stock = Product.stock + line.quantity
            session.execute(update(Product).where(Product.id == line.product_id).values(stock=stock))
    return OrderOut.of(order)
