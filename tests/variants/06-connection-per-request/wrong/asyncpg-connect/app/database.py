"""asyncpg, connected when it is needed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request

Row = dict[str, Any]


class Database:
    def __init__(self, url: str) -> None:
        self._url = url

    async def rows(self, query: str, *values: object) -> list[Row]:
        connection = await asyncpg.connect(self._url)
        try:
            return [dict(row) for row in await connection.fetch(query, *values)]
        finally:
            await connection.close()

    async def execute(self, statement: str, *values: object) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    yield Database(url)


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


OpenDatabase = Annotated[Database, Depends(get_database)]
