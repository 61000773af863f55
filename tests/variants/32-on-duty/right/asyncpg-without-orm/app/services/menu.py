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

    async def read(self) -> Menu:
        """What is on sale, at most `ttl` seconds old."""
        remembered = await self._cache.remembered(Menu, "menu")
        if remembered is not None:
            return remembered
        async with self._database.transaction() as connection:
            rows = await connection.fetch("SELECT * FROM products WHERE on_sale ORDER BY id")
        menu = Menu(items=[MenuItem(**row) for row in rows])
        await self._cache.remember("menu", menu, self._ttl)
        return menu

    async def product(self, product_id: int) -> Product:
        async with self._database.transaction() as connection:
            row = await connection.fetchrow("SELECT * FROM products WHERE id = $1 AND on_sale", product_id)
        if row is None:
            raise NotFound("product_not_found", f"There is no product {product_id} on sale.")
        return Product(**row)
