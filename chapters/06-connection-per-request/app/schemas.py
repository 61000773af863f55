"""The shapes of the service contract that this chapter uses."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.models import Order

# What fits a bigint; and no NUL, which PostgreSQL cannot store.
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Text = Annotated[str, Field(max_length=280, pattern=r"^[^\x00]*$")]


class MenuItem(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    sku: str
    name: str
    price_cents: int
    stock: int


class Menu(BaseModel):
    items: list[MenuItem]


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

    @classmethod
    def of(cls, order: Order) -> "OrderOut":
        return cls(
            id=order.id,
            customer_id=order.customer_id,
            status=order.status,
            total_cents=order.total_cents,
            note=order.note,
            placed_at=order.placed_at,
            lines=[
                LineOut(
                    product_id=line.product_id,
                    name=line.product.name,
                    quantity=line.quantity,
                    price_cents=line.price_cents,
                )
                for line in order.lines
            ],
        )


class OrderPage(BaseModel):
    items: list[OrderOut]


class NoteIn(BaseModel):
    note: Text


class NightlyReport(BaseModel):
    date: date
    orders: int
    revenue_cents: int
