import structlog
from fastapi import APIRouter, HTTPException
from sqlalchemy import update

from app.database import DatabaseSession
from app.models import Order, Payment
from app.provider import PaymentProvider
from app.schemas import PaymentIn, PaymentOut

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/orders/{order_id}/payment", tags=["payments"])


@router.post("", status_code=201)
async def pay(order_id: int, card: PaymentIn, session: DatabaseSession, provider: PaymentProvider) -> PaymentOut:
    async with session.begin():
        order = await session.get(Order, order_id)
    if order is None:
        raise HTTPException(404, "There is no such order.")
    if order.status != "placed":
        raise HTTPException(409, "The order is not waiting for a payment.")

    log.info("charging a card", order_id=order_id, amount_cents=order.total_cents)
    charge = await provider.charge(order_id, order.total_cents, card.card_token.get_secret_value())
    async with session.begin():
        # Chapter 16 is about an order that somebody else has paid meanwhile.
        await session.execute(update(Order).where(Order.id == order_id).values(status="paid"))
        session.add(Payment(order_id=order_id, amount_cents=order.total_cents, provider_ref=charge.id))
    log.info("order paid", order_id=order_id, provider_ref=charge.id)
    return PaymentOut(order_id=order_id, status="paid", amount_cents=order.total_cents, provider_ref=charge.id)
