import asyncio

import pytest

BODY = b'{"id": "ch_1", "status": "succeeded"}'


class QuietProvider:
    """Takes every call, and says nothing while it is ill."""

    def __init__(self):
        self.ill = True
        self.answered = 0

    def answer(self, transport):
        if not self.ill:
            self.answered += 1
            transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY))


class Visit(asyncio.Protocol):
    def __init__(self, provider):
        self.provider = provider

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, _):
        self.provider.answer(self.transport)


@pytest.fixture
async def quiet_provider():
    provider = QuietProvider()
    server = await asyncio.get_running_loop().create_server(lambda: Visit(provider), "127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield provider
