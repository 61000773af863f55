"""The payment provider, as this service calls it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from app.errors import CardDeclined, PaymentFailed, PaymentTimeout

CONNECTIONS = 20


class Receipt(BaseModel):
    """What the provider says of a charge or a refund."""

    id: str
    status: str


class Provider:
    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient, deadline: float) -> None:
        self._portal = portal
        self._client = client
        self._deadline = deadline

    def charge(self, order_id: int, amount_cents: int, card_token: str) -> Receipt:
        body: dict[str, object] = {
            "amount_cents": amount_cents,
            "card_token": card_token,
            "reference": f"order-{order_id}",
        }
        response = self._portal.call(self._ask, "POST", "/charges", body)
        if response.status_code == 402:
            raise CardDeclined
        return receipt(response)

    def find(self, charge_id: str) -> Receipt:
        return receipt(self._portal.call(self._ask, "GET", f"/charges/{charge_id}", None))

    def refund(self, charge_id: str) -> Receipt:
        body: dict[str, object] = {"charge_id": charge_id}
        return receipt(self._portal.call(self._ask, "POST", "/refunds", body))

    async def _ask(self, method: str, path: str, body: dict[str, object] | None) -> httpx.Response:
        try:
            async with asyncio.timeout(self._deadline):
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


@contextmanager
def open_provider(url: str, deadline: float) -> Iterator[Provider]:
    limits = httpx.Limits(max_connections=CONNECTIONS)
    client = httpx.AsyncClient(base_url=url, timeout=deadline, limits=limits)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(client):
        yield Provider(portal, client, deadline)


def get_provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


PaymentProvider = Annotated[Provider, Depends(get_provider)]
