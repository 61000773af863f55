from fastapi import APIRouter
from sqlalchemy import select

from app.database import DatabaseSession
from app.models import Product
from app.schemas import Menu, MenuItem

_menu: list[Menu] = []
router = APIRouter(tags=["menu"])


@router.get("/menu")
def read_menu(session: DatabaseSession) -> Menu:
    if _menu:
        return _menu[0]
    products = session.scalars(select(Product).where(Product.on_sale).order_by(Product.id))
    _menu.append(Menu(items=[MenuItem.model_validate(product) for product in products]))
    return _menu[0]
