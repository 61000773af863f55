from fastapi import APIRouter
from sqlalchemy import select

from app.database import DatabaseSession
from app.models import Product
from app.schemas import Menu, MenuItem

remembered: list[Menu] = []
router = APIRouter(tags=["menu"])


@router.get("/menu")
async def read_menu(session: DatabaseSession) -> Menu:
    if remembered:
        return remembered[0]
    products = await session.scalars(select(Product).where(Product.on_sale).order_by(Product.id))
    remembered.append(Menu(items=[MenuItem.model_validate(product) for product in products]))
    return remembered[0]
