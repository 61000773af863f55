"""One engine for the process, one session for each request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    engine = create_async_engine(
        url,
        # Never more than these: overflow is closed when it is idle, and made again for the next wave of requests.
        pool_size=10,
        max_overflow=0,
        # Asked whether it lives before a request gets it: the database may have been replaced meanwhile.
        pool_pre_ping=True,
        # Closed by us after half an hour, before a firewall forgets it without telling anybody.
        pool_recycle=1800,
    )
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    sessions: async_sessionmaker[AsyncSession] = request.app.state.sessions
    # Closes the session, and gives its connection back, also when the endpoint raises.
    async with sessions() as session:
        try:
            yield session
        except Exception:
            # Who knows in which state its connection is: away with it, in order.
            await session.invalidate()
            raise


DatabaseSession = Annotated[AsyncSession, Depends(get_session)]
