"""One engine for the process, one session for each request."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from app.settings import Settings

engine = create_async_engine(
    str(Settings().database_url.get_secret_value()), pool_size=10, max_overflow=0, pool_pre_ping=True
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


DatabaseSession = Annotated[AsyncSession, Depends(get_session)]
