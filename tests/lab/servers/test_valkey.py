"""The cache as a check uses it, whoever provides it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection

from onduty.lab.cache.valkey import Valkey
from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from onduty.lab.lab import Lab


@asynccontextmanager
async def app_client(valkey: Valkey) -> AsyncIterator[Redis]:
    """A client such as the service makes."""
    async with Redis.from_url(valkey.url, decode_responses=True) as client:
        yield client


Story = Callable[[Valkey, Redis], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture
def tell(runner: asyncio.Runner, lab: Lab) -> Tell:
    """Run a story on the cache, which is empty, with a client of the service."""

    async def told(story: Story) -> None:
        await lab.valkey.flush()
        async with app_client(lab.valkey) as app:
            await story(lab.valkey, app)

    return lambda story: runner.run(told(story))


def test_paused_writes_wait_and_reads_do_not(tell: Tell) -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        await app.set("menu", "old")
        async with valkey.writes_paused():
            write = asyncio.ensure_future(app.set("menu", "new"))
            assert await valkey.until_waiting(1) == 1
            assert await valkey.client.get("menu") == "old"
            assert not write.done()
            with pytest.raises(Unmet, match=r"2 commands .* observed 1 waiting"):
                await valkey.until_waiting(2, within=0.05)
        await write
        assert await app.get("menu") == "new"

    tell(story)


def test_a_check_that_raises_lets_the_writes_go_on(tell: Tell) -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        with pytest.raises(ZeroDivisionError):
            async with valkey.writes_paused():
                raise ZeroDivisionError
        await app.set("menu", "new")

    tell(story)


def test_what_the_service_asks_is_recorded_in_order_and_what_the_check_asks_is_not(tell: Tell) -> None:
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


@pytest.mark.usefixtures("control")
def test_a_stopped_cache_refuses_connections_and_comes_back_empty_on_the_same_port(tell: Tell) -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        await app.set("menu", "old")
        await valkey.stop()
        with pytest.raises(NoConnection):
            await app.get("menu")
        await valkey.start_again()
        assert await app.get("menu") is None

    tell(story)


@pytest.mark.usefixtures("control")
def test_a_frozen_cache_answers_nothing_until_it_goes_on(tell: Tell) -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        async with valkey.frozen():
            question = asyncio.ensure_future(app.get("menu"))
            await asyncio.wait([question], timeout=0.1)
            assert not question.done()
        assert await question is None

    tell(story)


def test_a_flush_forgets_every_key_and_connections_are_counted(tell: Tell) -> None:
    async def story(valkey: Valkey, app: Redis) -> None:
        assert await valkey.connections() == 0
        await app.set("menu", "old")
        assert await valkey.connections() == 1
        await valkey.flush()
        assert await app.get("menu") is None

    tell(story)
