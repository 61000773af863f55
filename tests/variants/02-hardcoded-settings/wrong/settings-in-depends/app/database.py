"""One engine for the process, one session for each request."""

from collections.abc import AsyncIterator
from functools import cache
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from app.settings import AppSettings


@cache
def open_database(url: str) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(create_async_engine(url, pool_pre_ping=True), expire_on_commit=False)


async def get_session(settings: AppSettings) -> AsyncIterator[AsyncSession]:
    async with open_database(str(settings.database_url.get_secret_value()))() as session:
        yield session


DatabaseSession = Annotated[AsyncSession, Depends(get_session)]
