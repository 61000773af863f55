"""Transactions that are over before anybody is answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import NullPool
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

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


class Database:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that is committed at the end of the block: what follows the block knows that it is stored."""
        try:
            async with AsyncSession(self._engine(), expire_on_commit=False) as session, session.begin():
                yield session
        except (InterfaceError, OperationalError) as error:
            raise Unavailable("The database does not answer.") from error

    def connections_in_use(self) -> int:
        return 0

    def _engine(self) -> AsyncEngine:
        return create_async_engine(
            str(self._settings.database_url.get_secret_value()),
            poolclass=NullPool,
            connect_args=CONNECTION_OPTIONS,
            # Errors are logged, and a value may be a secret.
            hide_parameters=True,
        )


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    yield Database(settings)
