"""The lab's own connections to a database server: a superuser's, never the service's."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from onduty.lab.settings import MAINTENANCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Row = dict[str, Any]
Connection = psycopg.AsyncConnection[Row]

CONNECT_LIMIT = 10
PATIENCE = "5s"
"""How long a check's own statement waits for a lock before it says who holds it."""
# What the checker's own environment might say (PGOPTIONS, PGSSLMODE, …) is not meant for the lab's server.
OURS = {"options": "", "gssencmode": "disable", "client_encoding": "utf8", "application_name": "onduty"}


@dataclass
class Superuser:
    """How to reach a server as its superuser, and one connection per database that is kept open."""

    host: str
    port: int
    user: str
    password: str
    maintenance: str = MAINTENANCE
    """The database where statements are counted; the service's own holds nothing of ours."""
    kept: dict[str, Connection] = field(default_factory=dict)
    lent: set[Connection] = field(default_factory=set)
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    opened: Counter[str] = field(default_factory=Counter)
    """How many connections were made to each database."""

    def address(self, database: str) -> str:
        """Return what `psycopg` needs to connect."""
        return make_conninfo(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database,
            connect_timeout=CONNECT_LIMIT,
            **OURS,
        )

    async def connect(self, database: str) -> Connection:
        """Open a connection of its own, in autocommit mode."""
        connection = await psycopg.AsyncConnection.connect(
            self.address(database), autocommit=True, row_factory=dict_row, prepare_threshold=None
        )
        self.opened[database] += 1
        return connection

    @asynccontextmanager
    async def connection(self, database: str) -> AsyncIterator[Connection]:
        """Open a connection of its own and close it afterwards, whatever happened."""
        opened = await self.connect(database)
        self.lent.add(opened)
        try:
            yield opened
        finally:
            self.lent.discard(opened)
            await opened.close()

    async def keep(self, database: str) -> Connection:
        """Return the connection that is kept open to this database, opened anew when the server ended it."""
        async with self.opening:
            found = self.kept.get(database)
            if found is None or found.closed:
                found = self.kept[database] = await self.connect(database)
                await found.execute(f"SET lock_timeout = '{PATIENCE}'")
            return found

    async def release(self) -> None:
        """Close the connections that somebody opened and did not close, and with them end their transactions."""
        while self.lent:
            await self.lent.pop().close()

    async def close(self) -> None:
        """Close everything."""
        await self.release()
        while self.kept:
            await self.kept.popitem()[1].close()
