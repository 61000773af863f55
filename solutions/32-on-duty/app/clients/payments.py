"""The payment provider, which may be slow, broken or silent for as long as it likes (chapter 14)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from app.errors import CardDeclined, PaymentFailed, PaymentTimeout, ShopError
from app.settings import Settings

CONNECTIONS = 20
DECLINED = 402


class Charge(BaseModel):
    id: str
    status: str


class NewCharge(Charge):
    status: Literal["succeeded"]


class Refund(BaseModel):
    id: str
    status: Literal["succeeded"]


Answer = TypeVar("Answer", bound=BaseModel)


class PaymentProvider:
    def __init__(self, client: httpx.AsyncClient, deadline: float, count: Callable[[str], None]) -> None:
        self._client = client
        self._deadline = deadline
        self._count = count
        # Turns are taken here: in httpx's own queue a call that is cancelled may keep a connection for ever.
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def charge(self, order_id: int, amount_cents: int, card_token: str) -> Charge:
        body = {"amount_cents": amount_cents, "card_token": card_token, "reference": f"order-{order_id}"}
        return await self._ask(NewCharge, "POST", "/charges", json=body)

    async def find(self, charge_id: str) -> Charge:
        return await self._ask(Charge, "GET", f"/charges/{charge_id}")

    async def refund(self, charge_id: str) -> None:
        # The key makes it harmless to ask again after a time-out: a charge is refunded once.
        key = {"Idempotency-Key": f"refund-{charge_id}"}
        await self._ask(Refund, "POST", "/refunds", json={"charge_id": charge_id}, headers=key)

    async def _ask(self, shape: type[Answer], method: str, path: str, **request: Any) -> Answer:
        try:
            answer = await self._answer(shape, method, path, **request)
        except ShopError as error:
            self._count(error.code)
            raise
        self._count("succeeded")
        return answer

    async def _answer(self, shape: type[Answer], method: str, path: str, **request: Any) -> Answer:
        try:
            # httpx limits each read; only a deadline around the whole call ends an answer that comes byte by byte.
            async with asyncio.timeout(self._deadline), self._turns:
                response = await self._client.request(method, path, **request)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise PaymentTimeout from error
        except httpx.HTTPError as error:
            raise PaymentFailed from error
        if response.status_code == DECLINED:
            raise CardDeclined
        if not response.is_success:
            raise PaymentFailed
        try:
            return shape.model_validate_json(response.content)
        except ValidationError as error:
            raise PaymentFailed from error


@asynccontextmanager
async def open_payments(settings: Settings, count: Callable[[str], None]) -> AsyncIterator[PaymentProvider]:
    async with httpx.AsyncClient(
        base_url=str(settings.payments_url),
        timeout=settings.payments_deadline,
        limits=httpx.Limits(max_connections=CONNECTIONS),
        trust_env=False,
    ) as client:
        yield PaymentProvider(client, settings.payments_deadline, count)
