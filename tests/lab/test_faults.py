"""The proxy that breaks the network."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from onduty.lab.network.faults import Proxy
from onduty.lab.recorder import Timeline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CONNECTED: list[asyncio.StreamWriter] = []


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send everything back."""
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def run(story: Callable[[Proxy], Awaitable[None]]) -> Timeline:
    """Tell a story about a proxy before an echo server."""
    timeline = Timeline()

    async def main() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            proxy = await Proxy.open("127.0.0.1", server.sockets[0].getsockname()[1], "database", timeline)
            try:
                await story(proxy)
            finally:
                while CONNECTED:
                    CONNECTED.pop().close()
                await proxy.close()
            assert proxy.connected == 0

    asyncio.run(main())
    return timeline


async def connect(proxy: Proxy) -> Streams:
    """Connect through the proxy."""
    streams = await asyncio.open_connection("127.0.0.1", proxy.port)
    CONNECTED.append(streams[1])
    return streams


async def ask(streams: Streams, text: bytes = b"hello", within: float = 5.0) -> bytes:
    """Send something and return as much of what comes back."""
    streams[1].write(text)
    return await asyncio.wait_for(streams[0].readexactly(len(text)), within)


def test_everything_passes_until_told_otherwise() -> None:
    """Large things too, in both directions; connections are counted."""

    async def story(proxy: Proxy) -> None:
        first, second = await connect(proxy), await connect(proxy)
        large = bytes(range(256)) * 20_000
        assert await ask(first, large) == large
        assert await ask(second) == b"hello"
        assert (proxy.connections, proxy.connected) == (2, 2)
        first[1].write_eof()
        assert await first[0].read() == b""

    run(story)


def test_a_url_leads_through_it() -> None:
    """Whatever else is in the URL stays."""

    async def story(proxy: Proxy) -> None:
        through = f"127.0.0.1:{proxy.port}"
        assert (
            proxy.url("postgresql://app:p%40ss@db:5432/onduty?a=b") == f"postgresql://app:p%40ss@{through}/onduty?a=b"
        )
        assert proxy.url("redis://localhost/0") == f"redis://{through}/0"
        assert proxy.url("http://[::1]:80") == f"http://{through}"

    run(story)


def test_delay_each_way() -> None:
    """It is latency, not bandwidth: many chunks are under way at once."""

    async def story(proxy: Proxy) -> None:
        streams = await connect(proxy)
        proxy.delay(0.1)
        begun = time.monotonic()
        assert await ask(streams) == b"hello"
        assert 0.2 <= time.monotonic() - begun < 1
        begun = time.monotonic()
        assert len(await ask(streams, b"x" * 1_000_000)) == 1_000_000
        assert time.monotonic() - begun < 1.5
        proxy.heal()
        begun = time.monotonic()
        await ask(streams)
        assert time.monotonic() - begun < 0.1

    run(story)


def test_cut_resets_connections_and_refuses_new_ones() -> None:
    """Until it is healed."""

    async def story(proxy: Proxy) -> None:
        streams = await connect(proxy)
        await ask(streams)
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await streams[0].read()
        with pytest.raises(ConnectionRefusedError):
            await connect(proxy)
        proxy.heal()
        assert await ask(await connect(proxy)) == b"hello"

    timeline = run(story)
    assert [(event.label, event.outcome) for event in timeline.events] == [("database: cut", "healed")]


def test_a_black_hole_keeps_connections_and_swallows_what_is_sent() -> None:
    """Old and new ones alike; healed, it gives everything back."""

    async def story(proxy: Proxy) -> None:
        old = await connect(proxy)
        await ask(old)
        proxy.black_hole()
        new = await connect(proxy)
        for streams in (old, new):
            with pytest.raises(TimeoutError):
                await ask(streams, b"lost?", within=0.2)
        proxy.heal()
        for streams in (old, new):
            assert await asyncio.wait_for(streams[0].readexactly(5), 5) == b"lost?"

    run(story)


def test_a_dead_target_is_a_reset() -> None:
    """The proxy does not pretend."""

    async def main() -> None:
        proxy = await Proxy.open("127.0.0.1", 1, "nobody", Timeline())
        streams = await connect(proxy)
        with pytest.raises(ConnectionResetError):
            await streams[0].read()
        CONNECTED.pop().close()
        await proxy.close()

    asyncio.run(main())


def test_one_fault_replaces_the_other() -> None:
    """Healing without a fault does nothing."""

    async def story(proxy: Proxy) -> None:
        proxy.heal()
        proxy.delay(5)
        proxy.black_hole()
        proxy.cut()
        proxy.heal()
        begun = time.monotonic()
        assert await ask(await connect(proxy)) == b"hello"
        assert time.monotonic() - begun < 1

    run(story)
