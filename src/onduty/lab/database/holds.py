"""Locks that a check holds in the database, so that what needs them has to wait."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from onduty.lab.database.sessions import describe
from onduty.lab.database.superuser import PATIENCE
from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from onduty.lab.database.sessions import Sessions
    from onduty.lab.database.superuser import Superuser
    from onduty.lab.recorder import Timeline

MODES = frozenset(
    {
        "ACCESS SHARE",
        "ROW SHARE",
        "ROW EXCLUSIVE",
        "SHARE UPDATE EXCLUSIVE",
        "SHARE",
        "SHARE ROW EXCLUSIVE",
        "EXCLUSIVE",
        "ACCESS EXCLUSIVE",
    }
)


class Holds:
    """Takes locks, each in a transaction and on a connection of its own, and lets go of them whatever happens."""

    def __init__(self, superuser: Superuser, database: str, sessions: Sessions, timeline: Timeline) -> None:
        self._superuser = superuser
        self._database = database
        self._sessions = sessions
        self._timeline = timeline

    @asynccontextmanager
    async def table(self, table: str, mode: str) -> AsyncIterator[None]:
        """Hold a table: ACCESS EXCLUSIVE makes readers wait, SHARE only those who write."""
        if mode.upper() not in MODES:
            message = f"There is no lock mode {mode}; the modes are {', '.join(sorted(MODES))}."
            raise ValueError(message)
        lock = sql.SQL("LOCK TABLE {} IN {} MODE").format(sql.Identifier(*table.split(".")), sql.SQL(mode.upper()))
        async with self._held(lock, [], table):
            yield

    @asynccontextmanager
    async def row(self, table: str, row_id: object) -> AsyncIterator[None]:
        """Hold one row: whoever wants to change it or to lock it waits, whoever reads does not."""
        query = sql.SQL("SELECT 1 FROM {} WHERE id = %s FOR UPDATE").format(sql.Identifier(*table.split(".")))
        async with self._held(query, [row_id], f"{table} {row_id}"):
            yield

    @asynccontextmanager
    async def _held(self, lock: sql.Composed, values: list[object], what: str) -> AsyncIterator[None]:
        async with self._superuser.connection(self._database) as connection, connection.transaction():
            await connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(PATIENCE))
            try:
                cursor = await connection.execute(lock, values)
            except psycopg.errors.LockNotAvailable as refusal:
                sessions = describe(await self._sessions.all())
                expected = f"{what} to be free, with no transaction of the service open"
                raise Unmet(expected, sessions) from refusal
            if values and cursor.rowcount == 0:
                message = f"There is no row {what} to hold."
                raise LookupError(message)
            with self._timeline.span(f"lock held on {what}", lane="database", kind="hold") as hold:
                try:
                    yield
                finally:
                    hold.end("released")
