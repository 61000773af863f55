"""One engine for the process, one session for each request, and a connection of its own for the readiness check."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

PING_WITHIN = 1.0


class Database:
    def __init__(self, engine: AsyncEngine, probe: AsyncEngine) -> None:
        self.sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._probe = probe

    async def answers(self) -> bool:
        """Ask on a connection that requests cannot use up, and not for ever; chapter 19 says why."""
        asking = asyncio.create_task(self._ask())
        # Not `asyncio.timeout`: it would wait until psycopg has asked a server that does not answer to stop the query.
        await asyncio.wait({asking}, timeout=PING_WITHIN)
        if not asking.done():
            asking.cancel()
            return False
        return asking.exception() is None

    async def _ask(self) -> None:
        async with self._probe.connect() as connection:
            await connection.execute(text("SELECT 1"))


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    # Ten connections and no more, each asked before it is used and replaced in time; chapter 06 says why.
    engine = create_async_engine(url, pool_size=10, max_overflow=0, pool_pre_ping=True, pool_recycle=1800)
    probe = create_async_engine(url, pool_pre_ping=True, pool_size=1, max_overflow=0)
    try:
        yield Database(engine, probe)
    finally:
        await engine.dispose()
        await probe.dispose()


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.sessions() as session:
        yield session


DatabaseSession = Annotated[AsyncSession, Depends(get_session)]
