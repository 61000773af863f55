"""What the platform asks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import psycopg
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from redis.exceptions import RedisError

from app.cache import Cache

router = APIRouter(prefix="/health")


class Readiness:
    def __init__(self, database_url: str, cache: Cache) -> None:
        self._database_url = database_url
        self._cache = cache

    async def database(self) -> str:
        try:
            async with asyncio.timeout(1):
                async with await psycopg.AsyncConnection.connect(self._database_url, autocommit=True) as connection:
                    await connection.execute("SELECT 1")
        except (psycopg.Error, TimeoutError):
            return "failed"
        return "ok"

    async def cache(self) -> str:
        try:
            async with asyncio.timeout(1):
                await self._cache.ping()
        except (RedisError, OSError, TimeoutError):
            return "failed"
        return "ok"


@asynccontextmanager
async def open_readiness(database_url: str, cache: Cache) -> AsyncIterator[Readiness]:
    yield Readiness(database_url, cache)


def get_readiness(request: Request) -> Readiness:
    readiness: Readiness = request.app.state.readiness
    return readiness


@router.get("/live")
async def live() -> dict[str, str]:
    return {"status": "live"}


@router.get("/ready")
async def ready(readiness: Annotated[Readiness, Depends(get_readiness)]) -> Response:
    database, cache = await asyncio.gather(readiness.database(), readiness.cache())
    parts = {"database": database, "cache": cache}
    if set(parts.values()) == {"ok"}:
        return JSONResponse({"status": "ready", "parts": parts})
    return JSONResponse({"status": "not ready", "parts": parts}, 503)
