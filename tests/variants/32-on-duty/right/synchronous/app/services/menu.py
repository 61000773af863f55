from sqlalchemy import select

from app.clients.cache import Cache
from app.database import Database
from app.errors import NotFound
from app.models import Product
from app.schemas.products import Menu, MenuItem


class MenuService:
    def __init__(self, database: Database, cache: Cache, ttl: int) -> None:
        self._database = database
        self._cache = cache
        self._ttl = ttl

    def read(self) -> Menu:
        """What is on sale, at most `ttl` seconds old."""
        remembered = self._cache.remembered("menu")
        if remembered is not None:
            return Menu.model_validate(remembered)
        with self._database.transaction() as session:
            products = session.scalars(select(Product).where(Product.on_sale).order_by(Product.id))
            menu = Menu(items=[MenuItem.model_validate(product) for product in products])
        self._cache.remember("menu", menu.model_dump(), self._ttl)
        return menu

    def product(self, product_id: int) -> Product:
        with self._database.transaction() as session:
            product = session.get(Product, product_id)
        if product is None or not product.on_sale:
            raise NotFound("product_not_found", f"There is no product {product_id} on sale.")
        return product
