"""The shapes of the service contract that this chapter uses."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

# What fits a bigint; and no NUL, which PostgreSQL cannot store.
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Text = Annotated[str, Field(max_length=280, pattern=r"^[^\x00]*$")]


class SignUp(BaseModel):
    email: str = Field(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")
    name: Text
    password: SecretStr = Field(min_length=8, max_length=128)


class CustomerOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    name: str
    created_at: datetime


class PaymentIn(BaseModel):
    card_token: SecretStr = Field(min_length=1)


class PaymentOut(BaseModel):
    order_id: int
    status: str
    amount_cents: int
    provider_ref: str
