"""One asyncpg pool for the process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request

Row = dict[str, Any]


class Database:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def rows(self, query: str, *values: object) -> list[Row]:
        connection = await self._pool.acquire()
        found = [dict(row) for row in await connection.fetch(query, *values)]
        await self._pool.release(connection)
        return found

    async def execute(self, statement: str, *values: object) -> None:
        await self._pool.execute(statement, *values)


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    pool = await asyncpg.create_pool(url)
    try:
        yield Database(pool)
    finally:
        await asyncio.wait_for(pool.close(), 5)


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


OpenDatabase = Annotated[Database, Depends(get_database)]
