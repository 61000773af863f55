from fastapi import APIRouter

from app.database import OpenDatabase
from app.schemas import Menu, MenuItem

router = APIRouter(tags=["menu"])

MENU = "SELECT id, sku, name, price_cents, stock FROM products WHERE on_sale ORDER BY id"


@router.get("/menu")
async def read_menu(database: OpenDatabase) -> Menu:
    return Menu(items=[MenuItem.model_validate(row) for row in await database.rows(MENU)])
