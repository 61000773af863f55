"""The payment provider, as this service calls it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from app.errors import CardDeclined, PaymentFailed, PaymentTimeout

CONNECTIONS = 20


class Receipt(BaseModel):
    """What the provider says of a charge or a refund."""

    id: str
    status: str


class Provider:
    def __init__(self, client: httpx.AsyncClient, deadline: float) -> None:
        self._client = client
        self._deadline = deadline
        # Turns are taken here: in httpx's own queue a call that is cancelled may keep a connection for ever.
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def charge(self, order_id: int, amount_cents: int, card_token: str) -> Receipt:
        body = {"amount_cents": amount_cents, "card_token": card_token, "reference": f"order-{order_id}"}
        response = await self._ask("POST", "/charges", body)
        if response.status_code == 402:
            raise CardDeclined
        return receipt(response)

    async def find(self, charge_id: str) -> Receipt:
        return receipt(await self._ask("GET", f"/charges/{charge_id}"))

    async def refund(self, charge_id: str) -> Receipt:
        return receipt(await self._ask("POST", "/refunds", {"charge_id": charge_id}))

    # The one place that talks to the provider, so that no call can be without a deadline.
    async def _ask(self, method: str, path: str, body: dict[str, object] | None = None) -> httpx.Response:
        try:
            # Around the whole call, the wait for its turn included: httpx's own time-outs begin anew with
            # every byte. Leaving the block cancels the call, and that closes its connection.
            async with asyncio.timeout(self._deadline), self._turns:
                return await self._client.request(method, path, json=body)
        except (TimeoutError, httpx.TimeoutException):
            raise PaymentTimeout from None
        except httpx.HTTPError as error:
            raise PaymentFailed from error


def receipt(response: httpx.Response) -> Receipt:
    if not response.is_success:
        raise PaymentFailed
    try:
        return Receipt.model_validate_json(response.content)
    except ValidationError as error:
        raise PaymentFailed from error


@asynccontextmanager
async def open_provider(url: str, deadline: float) -> AsyncIterator[Provider]:
    # One client for the process: its connections are kept and shared, and there is a limit to them.
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(base_url=url, timeout=deadline, limits=limits) as client:
        yield Provider(client, deadline)


def get_provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


PaymentProvider = Annotated[Provider, Depends(get_provider)]
