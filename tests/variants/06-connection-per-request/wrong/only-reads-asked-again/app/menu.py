from fastapi import APIRouter
from sqlalchemy import select

from app.database import AskedAgain, DatabaseSession
from app.models import Product
from app.schemas import Menu, MenuItem

router = APIRouter(route_class=AskedAgain, tags=["menu"])


@router.get("/menu")
async def read_menu(session: DatabaseSession) -> Menu:
    products = await session.scalars(select(Product).where(Product.on_sale).order_by(Product.id))
    return Menu(items=[MenuItem.model_validate(product) for product in products])
