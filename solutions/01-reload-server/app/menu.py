from fastapi import APIRouter, HTTPException
from sqlalchemy import select

from app.database import DatabaseSession
from app.models import Product
from app.schemas import Id, Menu, MenuItem

router = APIRouter(tags=["menu"])


@router.get("/menu")
async def read_menu(session: DatabaseSession) -> Menu:
    products = await session.scalars(select(Product).where(Product.on_sale).order_by(Product.id))
    return Menu(items=[MenuItem.model_validate(product) for product in products])


@router.get("/products/{product_id}")
async def read_product(product_id: Id, session: DatabaseSession) -> MenuItem:
    product = await session.get(Product, product_id)
    if product is None or not product.on_sale:
        raise HTTPException(404, "There is no such product.")
    return MenuItem.model_validate(product)
