"""The shapes of the service contract that this chapter uses."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class SignUp(BaseModel):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    name: str
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
