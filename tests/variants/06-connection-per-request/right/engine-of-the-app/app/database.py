"""One engine for the process, one session for each request."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine


def new_engine(url: str) -> AsyncEngine:
    return create_async_engine(url, pool_size=8, max_overflow=2, pool_pre_ping=True)


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(request.app.state.engine, expire_on_commit=False) as session:
        yield session


DatabaseSession = Annotated[AsyncSession, Depends(get_session)]
