"""One engine for the process, one session for each request, and a connection of its own for the readiness check."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

PING_WITHIN = 1.0


class Database:
    def __init__(self, engine: AsyncEngine, probe: AsyncEngine) -> None:
        self.sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._probe = probe

    async def answers(self) -> bool:
        """Ask on a connection that requests cannot use up, and not for ever; chapter 19 says why."""
        try:
            async with asyncio.timeout(PING_WITHIN), self._probe.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (TimeoutError, SQLAlchemyError):
            return False
        return True


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    engine = create_async_engine(url, pool_pre_ping=True)
    probe = create_async_engine(url, pool_pre_ping=True, pool_size=1, max_overflow=0)
    yield Database(engine, probe)


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.sessions() as session:
        yield session


DatabaseSession = Annotated[AsyncSession, Depends(get_session)]
