import logging

from anyio import from_thread
from fastapi import APIRouter
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.database import DatabaseSession
from app.errors import Refused
from app.models import Order, Payment
from app.provider import PaymentProvider
from app.schemas import PaymentIn, PaymentOut

log = logging.getLogger(__name__)

router = APIRouter(prefix="/orders/{order_id}/payment", tags=["payments"])


@router.post("", status_code=201)
def pay(order_id: int, card: PaymentIn, session: DatabaseSession, provider: PaymentProvider) -> PaymentOut:
    with session.begin():
        order = session.get(Order, order_id)
        session.expunge_all()
    if order is None:
        raise Refused(404, "order_not_found", "There is no such order.")
    if order.status != "placed":
        raise Refused(409, "order_not_open", "The order is not waiting for a payment.")

    log.info("charging a card", extra={"order_id": order_id, "amount_cents": order.total_cents})
    charge = from_thread.run(provider.charge, order_id, order.total_cents, card.card_token.get_secret_value())
    try:
        with session.begin():
            mark_paid(session, order)
            session.add(Payment(order_id=order_id, amount_cents=order.total_cents, provider_ref=charge.id))
    except Refused:
        from_thread.run(provider.refund, charge.id)
        raise
    log.info("order paid", extra={"order_id": order_id, "provider_ref": charge.id})
    return PaymentOut(order_id=order_id, status="paid", amount_cents=order.total_cents, provider_ref=charge.id)


def mark_paid(session: Session, order: Order) -> None:
    """Make an order a paid one, unless somebody else was quicker."""
    unchanged = (Order.id == order.id) & (Order.status == "placed")
    paid = session.execute(update(Order).where(unchanged).values(status="paid").returning(Order.id))
    if paid.first() is None:
        raise Refused(409, "order_not_open", "The order has changed meanwhile.")
