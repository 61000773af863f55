"""The mail provider may be as slow as it likes: nobody waits for it for long."""

import asyncio

from app.clients import mail
from app.clients.mail import MailProvider
from app.models import Customer, Order
from httpx import AsyncByteStream, AsyncClient, MockTransport, Response


class Dribble(AsyncByteStream):
    """A byte now and then: no single read is ever late."""

    async def __aiter__(self):
        while True:
            await asyncio.sleep(0.01)
            yield b"."


async def test_a_provider_that_dribbles_is_given_up(monkeypatch):
    monkeypatch.setattr(mail, "DEADLINE", 0.05)
    order = Order(id=41, total_cents=520, customer=Customer(email="ada@example.org"))
    dribbling = MockTransport(lambda _: Response(202, stream=Dribble()))
    async with AsyncClient(base_url="http://mail", transport=dribbling) as client, asyncio.timeout(5):
        await MailProvider(client).confirm(order)
