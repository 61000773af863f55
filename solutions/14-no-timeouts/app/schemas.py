"""The shapes of the service contract that this chapter uses."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.models import Order

# What fits a bigint.
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


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


class PaymentIn(BaseModel):
    card_token: SecretStr = Field(min_length=1)


class PaymentOut(BaseModel):
    order_id: int
    status: str
    amount_cents: int
    provider_ref: str


class PaymentState(PaymentOut):
    provider_status: str
