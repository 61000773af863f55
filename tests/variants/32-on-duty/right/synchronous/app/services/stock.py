"""Stock is taken and given back under row locks, so that two orders cannot have the same last cup (chapter 12)."""

from collections.abc import Mapping

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Conflict, NotFound
from app.models import Product


def take_stock(session: Session, wanted: Mapping[int, int]) -> dict[int, Product]:
    """Lower the stock by the wanted quantities, all of them or none, and return the products by id."""
    products = _lock(session, wanted)
    for product_id, quantity in wanted.items():
        product = products.get(product_id)
        if product is None or not product.on_sale:
            raise NotFound("product_not_found", f"There is no product {product_id} on sale.")
        if product.stock < quantity:
            raise Conflict("out_of_stock", f"There are {product.stock} left of product {product_id}.")
        product.stock -= quantity
    return products


def give_back_stock(session: Session, quantities: Mapping[int, int]) -> None:
    products = _lock(session, quantities)
    for product_id, quantity in quantities.items():
        products[product_id].stock += quantity


def _lock(session: Session, product_ids: Mapping[int, int]) -> dict[int, Product]:
    # In the order of their ids, so that two orders of the same products never wait for each other in a circle; and read
    # anew, since somebody may have changed what this session read before it had the lock.
    rows = (
        select(Product)
        .where(Product.id.in_(product_ids))
        .order_by(Product.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {product.id: product for product in session.scalars(rows)}


def reorder(database: Database, below: int, up_to: int) -> int:
    """Raise the stock of every product below one level to another, and return how many there were."""
    low = select(Product.id).where(Product.stock < func.least(below, up_to)).order_by(Product.id)
    raise_stock = (
        update(Product).where(Product.id.in_(low.with_for_update(key_share=True))).values(stock=up_to)
    ).returning(Product.id)
    with database.transaction() as session:
        return len((session.scalars(raise_stock)).all())
