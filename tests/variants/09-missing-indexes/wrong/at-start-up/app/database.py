"""One engine for the process, one session for each request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

INDEXES = """
SELECT pg_advisory_xact_lock(9);
CREATE INDEX IF NOT EXISTS orders_customer ON orders (customer_id, placed_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS orders_queue ON orders (placed_at DESC) WHERE status = 'placed';
CREATE INDEX IF NOT EXISTS orders_night ON orders (placed_at);
CREATE INDEX IF NOT EXISTS customers_address ON customers (lower(email));
"""


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    engine = create_async_engine(url, pool_pre_ping=True)
    async with engine.begin() as connection:
        for statement in INDEXES.strip().split("\n"):
            await connection.execute(text(statement))
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    sessions: async_sessionmaker[AsyncSession] = request.app.state.sessions
    async with sessions() as session:
        yield session


DatabaseSession = Annotated[AsyncSession, Depends(get_session)]
