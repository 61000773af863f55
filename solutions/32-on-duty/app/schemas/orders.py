from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.models import OrderStatus
from app.schemas.fields import Id, Text


class LineIn(BaseModel):
    product_id: Id
    quantity: int = Field(ge=1, le=99)


class OrderIn(BaseModel):
    customer_id: Id
    lines: list[LineIn] = Field(min_length=1)
    note: Text = ""


class NoteIn(BaseModel):
    note: Text


class OrderSearch(BaseModel):
    customer_id: Id | None = None
    status: OrderStatus | None = None
    placed_from: AwareDatetime | None = None
    placed_before: AwareDatetime | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=200)


class LineOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    product_id: int
    name: str
    quantity: int
    price_cents: int


class OrderOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    customer_id: int
    status: str
    total_cents: int
    note: str
    placed_at: datetime
    lines: list[LineOut]


class OrderPage(BaseModel):
    items: list[OrderOut]
    next: str | None
