"""A session for each request."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    engine = create_async_engine(request.app.state.database_url, pool_pre_ping=True)
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session
    finally:
        await engine.dispose()


DatabaseSession = Annotated[AsyncSession, Depends(get_session)]
