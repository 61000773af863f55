"""The shapes of the service contract that this chapter uses."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

# What fits a bigint.
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class LineOut(BaseModel):
    product_id: int
    name: str
    quantity: int
    price_cents: int


class OrderOut(BaseModel):
    id: int
    customer_id: int
    status: str
    total_cents: int
    note: str
    placed_at: datetime
    lines: list[LineOut]


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
