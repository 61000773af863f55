"""The shapes of the service contract that this chapter uses."""

from pydantic import BaseModel, ConfigDict


class MenuItem(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    sku: str
    name: str
    price_cents: int
    stock: int


class Menu(BaseModel):
    items: list[MenuItem]
