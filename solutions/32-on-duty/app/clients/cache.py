"""Valkey: the menu for a while, log-in attempts, and which sessions are alive."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import structlog
from pydantic import BaseModel, ValidationError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

from app.errors import Unavailable
from app.settings import Settings

log = structlog.stdlib.get_logger(__name__)

ATTEMPTS_WINDOW = 60

Shape = TypeVar("Shape", bound=BaseModel)


class Cache:
    def __init__(self, client: Redis) -> None:
        self._client = client

    async def remembered(self, shape: type[Shape], key: str) -> Shape | None:
        """What was remembered under this key; nothing when the cache is away, for it only saves work."""
        try:
            text = await self._client.get(key)
            return None if text is None else shape.model_validate_json(text)
        except ValidationError:
            # Remembered by another version of this service, for instance during a deploy.
            return None
        except RedisError as error:
            log.warning("The cache did not answer.", cause=type(error).__name__)
            return None

    async def remember(self, key: str, value: BaseModel, seconds: int) -> None:
        if seconds == 0:
            return
        try:
            await self._client.set(key, value.model_dump_json(), ex=seconds)
        except RedisError as error:
            log.warning("The cache did not answer.", cause=type(error).__name__)

    async def count_attempt(self, client: str) -> int:
        """How often this client tried within the window; 0 when the cache is away: people may still log in."""
        key = f"attempts:{client}"
        try:
            async with self._client.pipeline(transaction=True) as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, ATTEMPTS_WINDOW, nx=True)
                attempts, _ = await pipeline.execute()
        except RedisError as error:
            log.warning("The cache did not answer.", cause=type(error).__name__)
            return 0
        return int(attempts)

    async def begin_family(self, family: str, token_id: str, seconds: int) -> None:
        try:
            await self._client.set(f"session:{family}", token_id, ex=seconds)
        except RedisError as error:
            raise Unavailable("Sessions cannot be kept at the moment.") from error

    async def replace_in_family(self, family: str, token_id: str, seconds: int) -> str | None:
        """Make this the family's living token, in one step, and return the one before; None if the family is dead."""
        try:
            before = await self._client.set(f"session:{family}", token_id, ex=seconds, xx=True, get=True)
        except RedisError as error:
            raise Unavailable("Sessions cannot be kept at the moment.") from error
        return None if before is None else str(before)

    async def end_family(self, family: str) -> None:
        try:
            await self._client.delete(f"session:{family}")
        except RedisError as error:
            raise Unavailable("Sessions cannot be ended at the moment.") from error

    async def ping(self) -> None:
        await self._client.ping()


@asynccontextmanager
async def open_cache(settings: Settings) -> AsyncIterator[Cache]:
    client = Redis.from_url(
        str(settings.redis_url.get_secret_value()),
        decode_responses=True,
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
        # One more try, at once, for a connection that died with an earlier Valkey; none for a Valkey that hangs.
        retry=Retry(NoBackoff(), 1, supported_errors=(Disconnected,)),
    )
    try:
        yield Cache(client)
    finally:
        await client.aclose()
