"""Valkey: the menu, for a while."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from pydantic import ValidationError
from redis import Redis
from redis.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

from app.schemas import Menu


class Cache:
    """It only saves work: while it is away, the menu comes from the database."""

    def __init__(self, client: Redis, menu_ttl: int) -> None:
        self._client = client
        self._menu_ttl = menu_ttl

    def menu(self) -> Menu | None:
        try:
            text = self._client.get("menu")
            return None if text is None else Menu.model_validate_json(text)
        except (RedisError, ValidationError):
            # The cache is away, or another version of the service left a menu of its own shape: a miss.
            return None

    def keep_menu(self, menu: Menu) -> None:
        if self._menu_ttl == 0:
            return
        try:
            self._client.set("menu", menu.model_dump_json(), ex=self._menu_ttl)
        except RedisError:
            return

    def ping(self) -> None:
        self._client.ping()


@asynccontextmanager
async def open_cache(url: str, menu_ttl: int) -> AsyncIterator[Cache]:
    # One more try for a connection that died with an earlier Valkey; none for a Valkey that hangs.
    retry = Retry(NoBackoff(), 1, supported_errors=(Disconnected,))
    client = Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=retry)
    try:
        yield Cache(client, menu_ttl)
    finally:
        client.close()


def get_cache(request: Request) -> Cache:
    cache: Cache = request.app.state.cache
    return cache


MenuCache = Annotated[Cache, Depends(get_cache)]
