from fastapi import APIRouter
from sqlalchemy import select

from app.cache import MenuCache
from app.database import DatabaseSession
from app.models import Product
from app.schemas import Menu, MenuItem

router = APIRouter(tags=["menu"])


@router.get("/menu")
def read_menu(session: DatabaseSession, cache: MenuCache) -> Menu:
    menu = cache.menu()
    if menu is None:
        products = session.scalars(select(Product).where(Product.on_sale).order_by(Product.id))
        menu = Menu(items=[MenuItem.model_validate(product) for product in products])
        cache.keep_menu(menu)
    return menu
