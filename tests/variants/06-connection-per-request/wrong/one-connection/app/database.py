"""One connection for the process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Request
from psycopg import AsyncConnection
from psycopg.rows import dict_row

Row = dict[str, Any]


class Database:
    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection[Row] | None = None

    async def connection(self) -> AsyncConnection[Row]:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(self._url, autocommit=True, row_factory=dict_row)
        return self._connection

    async def rows(self, query: str, *values: object) -> list[Row]:
        return await (await (await self.connection()).execute(query.encode(), values)).fetchall()

    async def execute(self, statement: str, *values: object) -> None:
        await (await self.connection()).execute(statement.encode(), values)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


OpenDatabase = Annotated[Database, Depends(get_database)]
