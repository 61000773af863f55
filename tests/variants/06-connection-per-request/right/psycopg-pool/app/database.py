"""One psycopg pool for the process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Request
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

Row = dict[str, Any]
Pool = AsyncConnectionPool[AsyncConnection[Row]]


class Database:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def rows(self, query: str, *values: object) -> list[Row]:
        async with self._pool.connection() as connection:
            return await (await connection.execute(query.encode(), values)).fetchall()

    async def execute(self, statement: str, *values: object) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(statement.encode(), values)


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    async with AsyncConnectionPool(
        url,
        connection_class=AsyncConnection[Row],
        kwargs={"row_factory": dict_row},
        check=AsyncConnectionPool.check_connection,
    ) as pool:
        yield Database(pool)


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


OpenDatabase = Annotated[Database, Depends(get_database)]
