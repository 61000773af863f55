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

from onduty.lab.database.settings import MAINTENANCE

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
    clerk: tuple[str, str] | None = None
    """Who goes into the service's own database instead, and the password; None where there is nobody else."""
    kept: dict[str, Connection] = field(default_factory=dict)
    lent: set[Connection] = field(default_factory=set)
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    opened: Counter[str] = field(default_factory=Counter)
    """How many connections were made to each database."""

    def address(self, database: str, *, in_person: bool = False) -> str:
        """Return what `psycopg` needs to connect."""
        stands_in = self.clerk is not None and database != self.maintenance and not in_person
        user, password = self.clerk if self.clerk and stands_in else (self.user, self.password)
        return make_conninfo(
            host=self.host,
            port=self.port,
            user=user,
            password=password,
            dbname=database,
            connect_timeout=CONNECT_LIMIT,
            **OURS,
        )

    async def connect(self, database: str, *, in_person: bool = False) -> Connection:
        """Open a connection of its own, in autocommit mode."""
        connection = await psycopg.AsyncConnection.connect(
            self.address(database, in_person=in_person), autocommit=True, row_factory=dict_row, prepare_threshold=None
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

    async def keep(self, database: str, *, in_person: bool = False) -> Connection:
        """Return the connection that is kept open to this database, opened anew when the server ended it.

        The superuser in person goes into the service's database with care: no view of the service's is looked at.
        """
        name = f"{database} in person" if in_person else database
        async with self.opening:
            found = self.kept.get(name)
            if found is None or found.closed:
                found = self.kept[name] = await self.connect(database, in_person=in_person)
                await found.execute(f"SET lock_timeout = '{PATIENCE}'")
                if in_person and self.clerk is not None:
                    await found.execute("SET restrict_nonsystem_relation_kind = 'view, foreign-table'")
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
