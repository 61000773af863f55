"""A session for each request."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine


# TODO(06.1): how often does this run, and what does each line of it cost the database?
async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Everything is fresh for every request, so that no two of them can get in each other's way."""
    engine = create_async_engine(request.app.state.database_url)
    session = AsyncSession(engine, expire_on_commit=False)
    yield session
    # TODO(06.3): which requests never come here?
    await session.close()
    await engine.dispose()


DatabaseSession = Annotated[AsyncSession, Depends(get_session)]
