"""What the platform asks: is this process alive, and can it do its work now?"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.cache import Cache

LIMIT = 0.5

log = logging.getLogger(__name__)
router = APIRouter(prefix="/health")


class Readiness:
    def __init__(self, engine: AsyncEngine, cache: Cache) -> None:
        self._engine = engine
        self._questions: dict[str, Callable[[], Coroutine[object, object, None]]] = {
            "database": self._ask_database,
            "cache": cache.ping,
        }

    async def parts(self) -> dict[str, str]:
        # Side by side, each with a limit of its own: one that hangs takes neither time nor the blame from the others.
        answers = await asyncio.gather(*(answers_in_time(name, ask()) for name, ask in self._questions.items()))
        return {name: "ok" if answered else "failed" for name, answered in zip(self._questions, answers, strict=True)}

    async def _ask_database(self) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))


async def answers_in_time(part: str, question: Coroutine[object, object, None]) -> bool:
    asking = asyncio.create_task(question)
    # Not `asyncio.timeout`, which returns when the cancelled question has ended: psycopg first asks the server to stop
    # the query, and this is a server that does not answer.
    await asyncio.wait({asking}, timeout=LIMIT)
    if not asking.done():
        asking.cancel()
        log.warning("The %s has not answered within %g s.", part, LIMIT)
        return False
    if error := asking.exception():
        # What went wrong is for our log; the platform is told the name of the part.
        log.warning("The %s does not answer.", part, exc_info=error)
        return False
    return True


@asynccontextmanager
async def open_readiness(database_url: str, cache: Cache) -> AsyncIterator[Readiness]:
    # One connection that nobody else uses: in the queue for the pool, a busy service would look like a broken one.
    engine = create_async_engine(database_url, pool_size=1, max_overflow=0, pool_pre_ping=True)
    try:
        yield Readiness(engine, cache)
    finally:
        await engine.dispose()


def get_readiness(request: Request) -> Readiness:
    readiness: Readiness = request.app.state.readiness
    return readiness


@router.get("/live")
async def live() -> dict[str, str]:
    # Asks nobody: a restart repairs this process, never the database.
    return {"status": "live"}


@router.get("/ready")
async def ready(readiness: Annotated[Readiness, Depends(get_readiness)]) -> Response:
    parts = await readiness.parts()
    if "failed" in parts.values():
        return JSONResponse({"status": "not ready", "parts": parts}, 503, {"Retry-After": "2"})
    return JSONResponse({"status": "ready"})
