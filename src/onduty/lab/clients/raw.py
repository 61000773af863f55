"""A request as no decent client would send it: the bytes are the check's own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import h11

from onduty.lab.clients.answer import Answer, Headers
from onduty.lab.clients.client import LARGEST_ANSWER, as_shown
from onduty.lab.network.ports import HOST

if TYPE_CHECKING:
    from onduty.lab.hosting.service import Service

CHUNK = 65_536


async def send_raw(service: Service, content: bytes, *, within: float = 3.0) -> Answer:
    """Send bytes on a connection of their own and read the answer, if one comes; never raises."""
    named = " ".join(content.split(b"\r\n", 1)[0].decode("latin-1").split()[:2])
    try:
        async with asyncio.timeout(within):
            head, body = await _exchange(service.port, content)
    except (TimeoutError, OSError, h11.RemoteProtocolError) as trouble:
        outcome = f"no answer ({type(trouble).__name__})"
        return Answer(status_code=None, outcome=outcome, request=named, curl="", seconds=0)
    return Answer(
        status_code=head.status_code,
        outcome=as_shown(head.status_code),
        headers=Headers(head.headers),
        content=body,
        request=named,
        curl="",
        seconds=0,
    )


async def _exchange(port: int, content: bytes) -> tuple[h11.Response, bytes]:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(content)
        http = h11.Connection(h11.CLIENT)
        # The parser wants to have sent something before it reads an answer.
        http.send(h11.Request(method="GET", target="/", headers=[("Host", HOST)]))
        http.send(h11.EndOfMessage())
        head: h11.Response | None = None
        body = bytearray()
        while len(body) <= LARGEST_ANSWER and not isinstance(event := http.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(CHUNK))
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
        assert head is not None, "h11 ends a message that has begun"
        return head, bytes(body)
    finally:
        writer.transport.abort()
