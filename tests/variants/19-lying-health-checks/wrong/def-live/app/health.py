"""What the platform asks."""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager
from threading import Lock

import redis
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import NullPool, create_engine, text

from app.cache import Cache
from app.settings import Settings

router = APIRouter(prefix="/health")


class Readiness:
    def __init__(self, database_url: str, cache_url: str) -> None:
        self._engine = create_engine(database_url, poolclass=NullPool, connect_args={"connect_timeout": 2})
        self._cache = redis.Redis.from_url(cache_url, socket_timeout=1, socket_connect_timeout=1)
        self._threads = ThreadPoolExecutor(2)
        self._asking: dict[str, Future[None]] = {}
        self._lock = Lock()

    def parts(self) -> dict[str, str]:
        with self._lock:
            for part, ask in (("database", self._ask_database), ("cache", self._ask_cache)):
                self._ask(part, ask)
            asking = dict(self._asking)
        wait(asking.values(), timeout=0.8)
        return {
            part: "ok" if question.done() and question.exception() is None else "failed"
            for part, question in asking.items()
        }

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    def _ask(self, part: str, ask: Callable[[], None]) -> None:
        if part not in self._asking or self._asking[part].done():
            self._asking[part] = self._threads.submit(ask)

    def _ask_database(self) -> None:
        with self._engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def _ask_cache(self) -> None:
        self._cache.ping()


@asynccontextmanager
async def open_readiness(database_url: str, cache: Cache) -> AsyncIterator[Readiness]:
    readiness = Readiness(database_url, str(Settings().redis_url.get_secret_value()))
    try:
        yield readiness
    finally:
        readiness.close()


@router.get("/live")
def live() -> dict[str, str]:
    return {"status": "live"}


@router.get("/ready")
def ready(request: Request) -> Response:
    parts = request.app.state.readiness.parts()
    well = all(state == "ok" for state in parts.values())
    return JSONResponse({"status": "ready" if well else "not ready", "parts": parts}, 200 if well else 503)
