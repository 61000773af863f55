"""One asyncpg pool for the process."""

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
        return [dict(row) for row in await self._pool.fetch(query, *values)]

    async def execute(self, statement: str, *values: object) -> None:
        await self._pool.execute(statement, *values)


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    async with asyncpg.create_pool(url) as pool:
        yield Database(pool)


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


OpenDatabase = Annotated[Database, Depends(get_database)]
