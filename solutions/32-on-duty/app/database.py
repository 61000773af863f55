"""One engine for the process, and transactions that are over before anybody is answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import QueuePool, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from app.errors import Unavailable
from app.settings import Settings

CONNECTION_OPTIONS = {
    "connect_timeout": 2,
    # A machine that is gone cannot end a statement: who hears nothing from it, not even a sign of life, gives up.
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "tcp_user_timeout": 4000,
    "options": "-c statement_timeout=5s -c idle_in_transaction_session_timeout=10s -c TimeZone=UTC",
}


def open_engine(settings: Settings, connections: int) -> AsyncEngine:
    return create_async_engine(
        str(settings.database_url.get_secret_value()),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=1,
        # A connection that died with the database is replaced before a request meets it.
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args=CONNECTION_OPTIONS,
        # Errors are logged, and a value may be a secret.
        hide_parameters=True,
    )


class Database:
    def __init__(self, engine: AsyncEngine, readiness_engine: AsyncEngine) -> None:
        self._engine = engine
        self._readiness_engine = readiness_engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that is committed at the end of the block: what follows the block knows that it is stored."""
        try:
            async with self._sessions.begin() as session:
                yield session
        except (InterfaceError, NoConnection, OperationalError) as error:
            raise Unavailable("The database does not answer.") from error

    async def ping(self) -> None:
        async with self._readiness_engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    def connections_in_use(self) -> int:
        pool = self._engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    engine = open_engine(settings, settings.connections_per_process)
    # A readiness check that queued for the pool would call a busy process dead.
    readiness_engine = open_engine(settings, 1)
    try:
        yield Database(engine, readiness_engine)
    finally:
        await engine.dispose()
        await readiness_engine.dispose()
