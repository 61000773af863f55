"""A pool of asyncpg connections for the process, and transactions that are over before anybody is answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.errors import Unavailable
from app.settings import Settings

SESSION = {"statement_timeout": "5s", "idle_in_transaction_session_timeout": "10s", "TimeZone": "UTC"}
AWAY = (
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    OSError,
    TimeoutError,
)


def open_pool(settings: Settings, connections: int) -> Any:
    return asyncpg.create_pool(
        str(settings.database_url.get_secret_value()),
        min_size=0,
        max_size=connections,
        max_inactive_connection_lifetime=1800,
        timeout=2,
        server_settings=SESSION,
    )


class Database:
    def __init__(self, pool: Any, readiness_pool: Any) -> None:
        self._pool = pool
        self._readiness_pool = readiness_pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """A connection that is committed at the end of the block: what follows it knows that it is stored."""
        try:
            async with self._pool.acquire(timeout=1) as connection, connection.transaction():
                yield connection
        except AWAY as error:
            raise Unavailable("The database does not answer.") from error

    async def ping(self) -> None:
        async with self._readiness_pool.acquire(timeout=1) as connection:
            await connection.execute("SELECT 1")

    def connections_in_use(self) -> int:
        return int(self._pool.get_size() - self._pool.get_idle_size())


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    async with open_pool(settings, settings.connections_per_process) as pool, open_pool(settings, 1) as readiness_pool:
        yield Database(pool, readiness_pool)
