"""The shapes of the service contract that this chapter uses."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from app.models import Order, OrderLine, Product

# What fits a bigint.
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class LineOut(BaseModel):
    product_id: int
    name: str
    quantity: int
    price_cents: int

    @classmethod
    async def of(cls, line: OrderLine) -> "LineOut":
        product: Product = await line.awaitable_attrs.product
        return cls(product_id=line.product_id, name=product.name, quantity=line.quantity, price_cents=line.price_cents)


class OrderOut(BaseModel):
    id: int
    customer_id: int
    status: str
    total_cents: int
    note: str
    placed_at: datetime
    lines: list[LineOut]

    @classmethod
    async def of(cls, order: Order) -> "OrderOut":
        return cls(
            id=order.id,
            customer_id=order.customer_id,
            status=order.status,
            total_cents=order.total_cents,
            note=order.note,
            placed_at=order.placed_at,
            lines=[await LineOut.of(line) for line in await order.awaitable_attrs.lines],
        )


class OrderPage(BaseModel):
    items: list[OrderOut]


class Favourite(BaseModel):
    product_id: int
    name: str
    quantity: int


class Favourites(BaseModel):
    items: list[Favourite]


class ProductSales(BaseModel):
    product_id: int
    name: str
    quantity: int
    revenue_cents: int


class PairSales(BaseModel):
    products: tuple[int, int]
    orders: int


class NightlyReport(BaseModel):
    date: date
    orders: int
    revenue_cents: int
    products: list[ProductSales]
    pairs: list[PairSales]
