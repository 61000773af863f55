"""One engine for the process, one session for each request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    # Ten connections and no more, each asked before it is used and replaced in time; chapter 06 says why.
    engine = create_async_engine(url, pool_size=10, max_overflow=0, pool_pre_ping=True, pool_recycle=1800)
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    sessions: async_sessionmaker[AsyncSession] = request.app.state.sessions
    async with sessions() as session:
        yield session


DatabaseSession = Annotated[AsyncSession, Depends(get_session)]
