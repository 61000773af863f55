"""The payment provider, as this service calls it."""

from typing import Annotated

import httpx
from fastapi import Depends, Request
from pydantic import BaseModel

from app.errors import CardDeclined, PaymentFailed


class Receipt(BaseModel):
    """What the provider says of a charge or a refund."""

    id: str
    status: str


class Provider:
    def __init__(self, url: str, deadline: float) -> None:
        self._url = url
        self._deadline = deadline

    # TODO(14.1): who decides how long this takes?
    async def charge(self, order_id: int, amount_cents: int, card_token: str) -> Receipt:
        body = {"amount_cents": amount_cents, "card_token": card_token, "reference": f"order-{order_id}"}
        # TODO(14.4): how many connections does it take to charge a hundred cards?
        async with httpx.AsyncClient(base_url=self._url, timeout=None) as client:
            response = await client.post("/charges", json=body)
        if response.status_code == 402:
            raise CardDeclined
        return receipt(response)

    # TODO(14.2): this is a call, too.
    async def find(self, charge_id: str) -> Receipt:
        async with httpx.AsyncClient(base_url=self._url, timeout=None) as client:
            response = await client.get(f"/charges/{charge_id}")
        return receipt(response)

    # TODO(14.2): and this one.
    async def refund(self, charge_id: str) -> Receipt:
        async with httpx.AsyncClient(base_url=self._url, timeout=None) as client:
            response = await client.post("/refunds", json={"charge_id": charge_id})
        return receipt(response)


# TODO(14.3): this hears a provider that says no. What of one that says nothing, or gibberish?
def receipt(response: httpx.Response) -> Receipt:
    if not response.is_success:
        raise PaymentFailed
    return Receipt.model_validate(response.json())


def get_provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


PaymentProvider = Annotated[Provider, Depends(get_provider)]
