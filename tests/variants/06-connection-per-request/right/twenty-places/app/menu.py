from fastapi import APIRouter

from app.database import Connection
from app.schemas import Menu

router = APIRouter(tags=["menu"])


@router.get("/menu")
async def read_menu(connection: Connection) -> Menu:
    cursor = await connection.execute(
        "SELECT id, sku, name, price_cents, stock FROM products WHERE on_sale ORDER BY id"
    )
    return Menu.model_validate({"items": await cursor.fetchall()})
