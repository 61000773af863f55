from fastapi import APIRouter, HTTPException
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.database import DatabaseSession
from app.models import Order, OrderLine, Payment, Product
from app.provider import PaymentProvider
from app.schemas import Id, OrderOut

router = APIRouter(prefix="/orders", tags=["orders"])


async def find_order(session: AsyncSession, order_id: int) -> Order:
    lines = selectinload(Order.lines).joinedload(OrderLine.product)
    order = await session.scalar(select(Order).options(lines).where(Order.id == order_id))
    if order is None:
        raise HTTPException(404, "There is no such order.")
    return order


async def find_payment(session: AsyncSession, order_id: int) -> Payment | None:
    newest_first = Payment.id.desc()
    return await session.scalar(select(Payment).where(Payment.order_id == order_id).order_by(newest_first).limit(1))


async def move_order(session: AsyncSession, order: Order, status: str) -> None:
    """Give an order its next status, unless somebody else was quicker."""
    unchanged = (Order.id == order.id) & (Order.status == order.status)
    moved = await session.execute(update(Order).where(unchanged).values(status=status).returning(Order.id))
    if moved.first() is None:
        raise HTTPException(409, "The order has changed meanwhile.")


@router.post("/{order_id}/cancellation")
async def cancel_order(order_id: Id, session: DatabaseSession, provider: PaymentProvider) -> OrderOut:
    async with session.begin():
        order = await find_order(session, order_id)
        payment = await find_payment(session, order_id)
    if order.status not in ("placed", "paid"):
        raise HTTPException(409, "The order is not open any more.")
    if order.status == "paid" and payment is not None:
        await provider.refund(payment.provider_ref)
    async with session.begin():
        await move_order(session, order, "cancelled")
        if payment is not None:
            await session.execute(update(Payment).where(Payment.id == payment.id).values(status="refunded"))
        for line in sorted(order.lines, key=lambda line: line.product_id):
            stock = Product.stock + line.quantity
            await session.execute(update(Product).where(Product.id == line.product_id).values(stock=stock))
    return OrderOut.of(order)
