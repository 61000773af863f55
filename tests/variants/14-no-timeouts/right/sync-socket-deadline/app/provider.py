"""The payment provider, as this service calls it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import httpcore
import httpx
from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from app.deadline import DeadlineTransport
from app.errors import CardDeclined, PaymentFailed, PaymentTimeout

CONNECTIONS = 20


class Receipt(BaseModel):
    """What the provider says of a charge or a refund."""

    id: str
    status: str


class Provider:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def charge(self, order_id: int, amount_cents: int, card_token: str) -> Receipt:
        body = {"amount_cents": amount_cents, "card_token": card_token, "reference": f"order-{order_id}"}
        response = self._ask("POST", "/charges", body)
        if response.status_code == 402:
            raise CardDeclined
        return receipt(response)

    def find(self, charge_id: str) -> Receipt:
        return receipt(self._ask("GET", f"/charges/{charge_id}"))

    def refund(self, charge_id: str) -> Receipt:
        return receipt(self._ask("POST", "/refunds", {"charge_id": charge_id}))

    def _ask(self, method: str, path: str, body: dict[str, object] | None = None) -> httpx.Response:
        try:
            return self._client.request(method, path, json=body)
        except httpcore.TimeoutException:
            raise PaymentTimeout from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError) as error:
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
    with httpx.Client(base_url=url, transport=DeadlineTransport(deadline, CONNECTIONS)) as client:
        yield Provider(client)


def get_provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


PaymentProvider = Annotated[Provider, Depends(get_provider)]
