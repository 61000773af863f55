from datetime import date

from pydantic import BaseModel


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
