from fastapi import APIRouter

from app.api.deps import PathId, ShopDep
from app.schemas.products import Menu, MenuItem

router = APIRouter(tags=["menu"])


@router.get("/menu")
def read_menu(shop: ShopDep) -> Menu:
    return shop.menu.read()


@router.get("/products/{product_id}")
def read_product(product_id: PathId, shop: ShopDep) -> MenuItem:
    return MenuItem.model_validate(shop.menu.product(product_id))
