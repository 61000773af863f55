"""A provider that said nothing for a while has cost us those calls, and no later one."""

import asyncio

from app.clients.payments import CONNECTIONS, open_payments
from app.errors import PaymentTimeout

CROWDS = 3
BODY = b'{"id": "ch_1", "status": "succeeded"}'


class Provider(asyncio.Protocol):
    """Says nothing while it is ill."""

    ill = True

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, _):
        if not Provider.ill:
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY))


async def test_crowds_of_calls_given_up_leave_no_connection_behind(make_settings, monkeypatch):
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = make_settings(payments_url=url, payments_deadline=0.2)
    async with server, open_payments(settings, lambda _: None) as payments:
        for _ in range(CROWDS):
            crowd = [payments.find("ch_1") for _ in range(3 * CONNECTIONS)]
            assert {type(each) for each in await asyncio.gather(*crowd, return_exceptions=True)} == {PaymentTimeout}
        monkeypatch.setattr(Provider, "ill", False)
        assert (await payments.find("ch_1")).status == "succeeded"
