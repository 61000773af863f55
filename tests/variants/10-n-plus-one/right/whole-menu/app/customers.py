from collections import Counter

from fastapi import APIRouter, HTTPException
from sqlalchemy import select

from app.database import DatabaseSession
from app.lines import lines_of, names_on_the_menu
from app.models import Customer, Order
from app.schemas import Favourite, Favourites

router = APIRouter(prefix="/customers", tags=["customers"])

FAVOURITES = 3


@router.get("/{customer_id}/favourites")
async def read_favourites(customer_id: int, session: DatabaseSession) -> Favourites:
    if await session.get(Customer, customer_id) is None:
        raise HTTPException(404, "There is no such customer.")
    bought: Counter[int] = Counter()
    query = select(Order).where(Order.customer_id == customer_id, Order.status != "cancelled")
    for lines in (await lines_of(session, await session.scalars(query))).values():
        for line in lines:
            bought[line.product_id] += line.quantity
    most_first = sorted(bought.items(), key=lambda item: (-item[1], item[0]))
    names = await names_on_the_menu(session)
    return Favourites(
        items=[
            Favourite(product_id=product, name=names[product], quantity=quantity)
            for product, quantity in most_first[:FAVOURITES]
        ]
    )
