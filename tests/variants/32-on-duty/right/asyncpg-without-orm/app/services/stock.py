"""Stock is taken and given back under row locks, so that two orders cannot have the same last cup (chapter 12)."""

from collections.abc import Mapping
from typing import Any

from app.database import Database
from app.errors import Conflict, NotFound
from app.models import Product

# In the order of their ids, so that two orders of the same products never wait for each other in a circle.
LOCK = "SELECT * FROM products WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"
CHANGE = """
UPDATE products SET stock = stock + change
FROM unnest($1::bigint[], $2::int[]) AS changes (product_id, change) WHERE id = product_id
"""
REORDER = """
UPDATE products SET stock = $2 WHERE id IN (
    SELECT id FROM products WHERE stock < least($1::int, $2::int) ORDER BY id FOR NO KEY UPDATE
)
"""


async def take_stock(connection: Any, wanted: Mapping[int, int]) -> dict[int, Product]:
    """Lower the stock by the wanted quantities, all of them or none, and return the products by id."""
    products = {row["id"]: Product(**row) for row in await connection.fetch(LOCK, list(wanted))}
    for product_id, quantity in wanted.items():
        product = products.get(product_id)
        if product is None or not product.on_sale:
            raise NotFound("product_not_found", f"There is no product {product_id} on sale.")
        if product.stock < quantity:
            raise Conflict("out_of_stock", f"There are {product.stock} left of product {product_id}.")
    await connection.execute(CHANGE, list(wanted), [-quantity for quantity in wanted.values()])
    return products


async def give_back_stock(connection: Any, quantities: Mapping[int, int]) -> None:
    await connection.fetch(LOCK, list(quantities))
    await connection.execute(CHANGE, list(quantities), list(quantities.values()))


async def reorder(database: Database, below: int, up_to: int) -> int:
    """Raise the stock of every product below one level to another, and return how many there were."""
    async with database.transaction() as connection:
        done: str = await connection.execute(REORDER, below, up_to)
    return int(done.rpartition(" ")[2])
