from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import DatabaseSession
from app.models import Order, Payment
from app.provider import PaymentProvider
from app.schemas import Id, PaymentIn, PaymentOut

router = APIRouter(prefix="/orders/{order_id}/payment", tags=["payments"])


@router.post("", status_code=201)
async def pay(
    request: Request, order_id: Id, card: PaymentIn, session: DatabaseSession, provider: PaymentProvider
) -> PaymentOut:
    # Do not begin what we may not be there to finish.
    if request.app.state.draining.begun:
        raise HTTPException(503, "We are closing.", headers={"Retry-After": "1"})
    async with session.begin():
        order = await session.get(Order, order_id)
    if order is None:
        raise HTTPException(404, "There is no such order.")
    if order.status != "placed":
        raise HTTPException(409, "The order is not waiting for a payment.")
    charge = await provider.charge(order_id, order.total_cents, card.card_token.get_secret_value())
    try:
        async with session.begin():
            await mark_paid(session, order)
            session.add(Payment(order_id=order_id, amount_cents=order.total_cents, provider_ref=charge.id))
    except HTTPException:
        await provider.refund(charge.id)
        raise
    return PaymentOut(order_id=order_id, status="paid", amount_cents=order.total_cents, provider_ref=charge.id)


async def mark_paid(session: AsyncSession, order: Order) -> None:
    """Make an order a paid one, unless somebody else was quicker."""
    unchanged = (Order.id == order.id) & (Order.status == "placed")
    paid = await session.execute(update(Order).where(unchanged).values(status="paid").returning(Order.id))
    if paid.first() is None:
        raise HTTPException(409, "The order has changed meanwhile.")
