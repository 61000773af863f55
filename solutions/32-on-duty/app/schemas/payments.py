from pydantic import BaseModel, ConfigDict

from app.schemas.fields import Token


class CardIn(BaseModel):
    card_token: Token


class PaymentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    order_id: int
    status: str
    amount_cents: int
    provider_ref: str


class PaymentState(PaymentOut):
    provider_status: str
