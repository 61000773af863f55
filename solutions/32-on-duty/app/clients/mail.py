"""The mail provider. A message that cannot be handed over in time is logged and lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import structlog

from app.models import Order
from app.settings import Settings

log = structlog.stdlib.get_logger(__name__)

CONNECTIONS = 20
DEADLINE = 5.0


class MailProvider:
    def __init__(self, client: httpx.AsyncClient | None) -> None:
        self._client = client
        # As for payments: in httpx's own queue a call that is cancelled may keep a connection for ever.
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def confirm(self, order: Order) -> None:
        """Tell the customer that the order is placed; nothing happens where no MAIL_URL is set."""
        if self._client is None:
            return
        message = {
            "to": order.customer.email,
            "subject": f"Your order {order.id} at Night Owl Coffee",
            "text": f"We are making it. Total: {order.total_cents / 100:.2f}",
            "dedupe_key": f"order-{order.id}-placed",
        }
        try:
            # Around the whole call, as for a payment: an answer that comes byte by byte must not hold the task.
            async with asyncio.timeout(DEADLINE), self._turns:
                answer = await self._client.post("/messages", json=message)
            answer.raise_for_status()
        except (TimeoutError, httpx.HTTPError):
            log.exception("A confirmation was not sent.", order_id=order.id)


@asynccontextmanager
async def open_mail(settings: Settings) -> AsyncIterator[MailProvider]:
    if settings.mail_url is None:
        yield MailProvider(None)
        return
    async with httpx.AsyncClient(
        base_url=str(settings.mail_url),
        timeout=DEADLINE,
        limits=httpx.Limits(max_connections=CONNECTIONS),
        trust_env=False,
    ) as client:
        yield MailProvider(client)
