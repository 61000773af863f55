from fastapi import APIRouter, HTTPException

from app.database import DatabaseSession
from app.models import Payment
from app.orders import find_order, find_payment, move_order
from app.provider import PaymentProvider
from app.schemas import Id, PaymentIn, PaymentOut, PaymentState

router = APIRouter(prefix="/orders/{order_id}/payment", tags=["payments"])


@router.post("", status_code=201)
async def pay(order_id: Id, card: PaymentIn, session: DatabaseSession, provider: PaymentProvider) -> PaymentOut:
    async with session.begin():
        order = await find_order(session, order_id)
    if order.status != "placed":
        raise HTTPException(409, "The order is not waiting for a payment.")
    charge = await provider.charge(order_id, order.total_cents, card.card_token.get_secret_value())
    try:
        async with session.begin():
            await move_order(session, order, "paid")
            session.add(Payment(order_id=order_id, amount_cents=order.total_cents, provider_ref=charge.id))
    except HTTPException:
        await provider.refund(charge.id)
        raise
    return PaymentOut(order_id=order_id, status="paid", amount_cents=order.total_cents, provider_ref=charge.id)


@router.get("")
async def read_payment(order_id: Id, session: DatabaseSession, provider: PaymentProvider) -> PaymentState:
    async with session.begin():
        payment = await find_payment(session, order_id)
    if payment is None:
        raise HTTPException(404, "Nothing was paid for this order.")
    charge = await provider.find(payment.provider_ref)
    return PaymentState(
        order_id=order_id,
        status=payment.status,
        amount_cents=payment.amount_cents,
        provider_ref=payment.provider_ref,
        provider_status=charge.status,
    )
