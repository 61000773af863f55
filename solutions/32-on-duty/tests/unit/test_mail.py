"""The mail provider may be as slow as it likes: nobody waits for it for long, and it costs no later message."""

import asyncio

from app.clients import mail
from app.clients.mail import CONNECTIONS, MailProvider, open_mail
from app.models import Customer, Order
from httpx import AsyncByteStream, AsyncClient, MockTransport, Response
from structlog.testing import capture_logs

ORDER = Order(id=41, total_cents=520, customer=Customer(email="ada@example.org"))
CROWDS = 3


class Dribble(AsyncByteStream):
    """A byte now and then: no single read is ever late."""

    async def __aiter__(self):
        while True:
            await asyncio.sleep(0.01)
            yield b"."


async def test_a_provider_that_dribbles_is_given_up(monkeypatch):
    monkeypatch.setattr(mail, "DEADLINE", 0.05)
    dribbling = MockTransport(lambda _: Response(202, stream=Dribble()))
    async with AsyncClient(base_url="http://mail", transport=dribbling) as client, asyncio.timeout(5):
        with capture_logs() as said:
            await MailProvider(client).confirm(ORDER)
    assert [line["order_id"] for line in said] == [ORDER.id]


async def test_crowds_of_messages_given_up_leave_no_connection_behind(make_settings, quiet_provider, monkeypatch):
    monkeypatch.setattr(mail, "DEADLINE", 0.2)
    crowd = 3 * CONNECTIONS
    async with open_mail(make_settings(mail_url=quiet_provider.url)) as provider:
        with capture_logs() as lost:
            for _ in range(CROWDS):
                await asyncio.gather(*(provider.confirm(ORDER) for _ in range(crowd)))
        quiet_provider.ill = False
        await provider.confirm(ORDER)
    assert (len(lost), quiet_provider.answered) == (CROWDS * crowd, 1)
