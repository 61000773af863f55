import httpx
from fastapi import APIRouter, HTTPException

from app.database import DatabaseSession
from app.models import Order, Payment
from app.schemas import Id, PaymentIn, PaymentOut
from app.settings import AppSettings

router = APIRouter(prefix="/orders/{order_id}/payment", tags=["payments"])


@router.post("", status_code=201)
async def pay(order_id: Id, card: PaymentIn, session: DatabaseSession, settings: AppSettings) -> PaymentOut:
    order = await session.get(Order, order_id)
    if order is None:
        raise HTTPException(404, "There is no such order.")
    if order.status != "placed":
        raise HTTPException(409, "The order is not waiting for a payment.")

    charge = {
        "amount_cents": order.total_cents,
        "card_token": card.card_token.get_secret_value(),
        "reference": f"order-{order_id}",
    }
    # Chapter 14 is about providers that misbehave; this is about which provider it is.
    async with httpx.AsyncClient(base_url=str(settings.payments_url)) as client:
        receipt = await client.post("/charges", json=charge)
    if receipt.status_code == 402:
        raise HTTPException(402, "The card was declined.")
    if receipt.status_code != 201:
        raise HTTPException(502, "The payment provider could not be understood.")

    payment = Payment(order_id=order_id, amount_cents=order.total_cents, provider_ref=receipt.json()["id"])
    session.add(payment)
    order.status = "paid"
    await session.commit()
    return PaymentOut(
        order_id=order_id, status="paid", amount_cents=payment.amount_cents, provider_ref=payment.provider_ref
    )
