"""Twenty places, each with a connection that is made when it is first needed. No ORM, no pool library."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from psycopg import AsyncConnection, OperationalError
from psycopg.rows import dict_row

PLACES = 20


class Places:
    def __init__(self, url: str) -> None:
        self.url = url
        self.free: asyncio.LifoQueue[AsyncConnection | None] = asyncio.LifoQueue()
        for _ in range(PLACES):
            self.free.put_nowait(None)

    @asynccontextmanager
    async def take(self) -> AsyncIterator[AsyncConnection]:
        connection = await self.free.get()
        try:
            connection = await self.alive(connection)
            async with connection.transaction():
                yield connection
        finally:
            self.free.put_nowait(connection)

    async def alive(self, connection: AsyncConnection | None) -> AsyncConnection:
        if connection is not None:
            try:
                await connection.execute("")
            except OperationalError:
                await connection.close()
            else:
                return connection
        return await AsyncConnection.connect(self.url, autocommit=True, row_factory=dict_row)

    async def close(self) -> None:
        while not self.free.empty():
            connection = self.free.get_nowait()
            if connection is not None:
                await connection.close()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.places = Places(app.state.database_url)
    yield
    await app.state.places.close()


async def get_connection(request: Request) -> AsyncIterator[AsyncConnection]:
    async with request.app.state.places.take() as connection:
        yield connection


Connection = Annotated[AsyncConnection, Depends(get_connection)]
