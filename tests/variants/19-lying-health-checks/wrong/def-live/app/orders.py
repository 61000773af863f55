from fastapi import APIRouter, HTTPException
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.database import DatabaseSession
from app.models import Order, OrderLine
from app.schemas import Id, OrderOut

router = APIRouter(prefix="/orders", tags=["orders"])


@router.get("/{order_id}")
def read_order(order_id: Id, session: DatabaseSession) -> OrderOut:
    lines = selectinload(Order.lines).joinedload(OrderLine.product)
    order = session.scalar(select(Order).options(lines).where(Order.id == order_id))
    if order is None:
        raise HTTPException(404, "There is no such order.")
    return OrderOut.of(order)
