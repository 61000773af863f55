"""The shapes of the service contract that this chapter uses."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

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
