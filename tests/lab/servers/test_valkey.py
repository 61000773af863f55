"""The cache as a check uses it, on the embedded server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import NoPermissionError

from onduty.lab import open_lab
from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from onduty.lab.valkey import Valkey


@asynccontextmanager
async def app_client(valkey: Valkey) -> AsyncIterator[Redis]:
    """A client such as the service makes."""
    async with Redis.from_url(valkey.url, decode_responses=True) as client:
        yield client


def tell(story: Callable[[Valkey, Redis], Awaitable[None]]) -> None:
    async def told() -> None:
        async with open_lab({"valkey"}) as lab, app_client(lab.valkey) as app:
            await story(lab.valkey, app)

    asyncio.run(told())


def test_paused_writes_wait_and_reads_do_not() -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        await app.set("menu", "old")
        async with valkey.writes_paused():
            write = asyncio.create_task(app.set("menu", "new"))
            assert await valkey.until_waiting(1) == 1
            assert await valkey.client.get("menu") == "old"
            assert not write.done()
            with pytest.raises(Unmet, match="2 commands .* observed 1 waiting"):
                await valkey.until_waiting(2, within=0.05)
        await write
        assert await app.get("menu") == "new"

    tell(story)


def test_a_check_that_raises_lets_the_writes_go_on() -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        with pytest.raises(ZeroDivisionError):
            async with valkey.writes_paused():
                raise ZeroDivisionError
        await app.set("menu", "new")

    tell(story)


def test_what_the_service_asks_is_recorded_in_order_and_what_the_check_asks_is_not() -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        await app.set("before", "1")
        async with valkey.commands() as sent:
            await app.get("menu")
            await valkey.client.get("ours")
            await app.set("menu", "espresso", ex=30)
        await app.get("after")
        assert [(command.name, command.arguments) for command in sent.all] == [
            ("GET", "menu"),
            ("SET", "menu espresso EX 30"),
        ]
        assert (sent.count(), sent.count("get"), sent.count("DEL")) == (2, 1, 0)

    tell(story)


def test_a_stopped_cache_refuses_connections_and_comes_back_empty_on_the_same_port() -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        await app.set("menu", "old")
        await valkey.stop()
        with pytest.raises(NoConnection):
            await app.get("menu")
        await valkey.start_again()
        assert await app.get("menu") is None

    tell(story)


def test_a_frozen_cache_answers_nothing_until_it_goes_on() -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        async with valkey.frozen():
            question = asyncio.create_task(app.get("menu"))
            await asyncio.wait([question], timeout=0.1)
            assert not question.done()
        assert await question is None

    tell(story)


def test_the_service_is_no_administrator() -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        assert valkey.url.startswith("redis://app:")
        for command in ("CONFIG GET *", "SHUTDOWN", "ACL LIST", "MONITOR"):
            with pytest.raises(NoPermissionError):
                await app.execute_command(*command.split())

    tell(story)


def test_a_flush_forgets_every_key_and_connections_are_counted() -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        assert await valkey.connections() == 0
        await app.set("menu", "old")
        assert await valkey.connections() == 1
        await valkey.flush()
        assert await app.get("menu") is None

    tell(story)
