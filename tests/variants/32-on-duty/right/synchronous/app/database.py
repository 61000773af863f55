"""One engine for the process, and transactions that are over before anybody is answered."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import Engine, QueuePool, create_engine, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session, sessionmaker

from app.errors import Unavailable
from app.settings import Settings

CONNECTION_OPTIONS = {
    "connect_timeout": 2,
    "options": "-c statement_timeout=5s -c idle_in_transaction_session_timeout=10s -c TimeZone=UTC",
}


def open_engine(settings: Settings, connections: int) -> Engine:
    return create_engine(
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
    def __init__(self, engine: Engine, readiness_engine: Engine) -> None:
        self._engine = engine
        self._readiness_engine = readiness_engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that is committed at the end of the block: what follows the block knows that it is stored."""
        try:
            with self._sessions.begin() as session:
                yield session
        except (InterfaceError, NoConnection, OperationalError) as error:
            raise Unavailable("The database does not answer.") from error

    async def ping(self) -> None:
        await asyncio.to_thread(self._select_one)

    def _select_one(self) -> None:
        with self._readiness_engine.connect() as connection:
            connection.execute(text("SELECT 1"))

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
        engine.dispose()
        readiness_engine.dispose()
