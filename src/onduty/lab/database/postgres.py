"""The database under the service, as a check sees it: real, held still, counted and broken at will."""

from __future__ import annotations

import re
import secrets
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import psycopg

from onduty.lab.database.holds import Holds
from onduty.lab.database.sessions import Sessions, describe
from onduty.lab.database.superuser import PATIENCE
from onduty.lab.database.usage import Usage, difference, read_counts, read_relations
from onduty.lab.errors import LabError
from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from onduty.lab.database.superuser import Connection, Row, Superuser
    from onduty.lab.recorder import Timeline


# About the server, or its files; nothing in these runs what the service has put into its database.
ONLY_A_SUPERUSER = re.compile(r"^\s*(?:ALTER (?:ROLE|SYSTEM)|CREATE EXTENSION)\b|\bget_raw_page\(", re.IGNORECASE)


class Server(Protocol):
    """What a provider does to the server itself; one that cannot raises `NotGraded`."""

    host: str
    port: int

    async def restart(self) -> None:
        """Stop in order and start again on the same port."""

    async def freeze(self) -> None:
        """Stop every process of the server in its tracks."""

    async def thaw(self) -> None:
        """Let them go on."""

    async def logins(self, role: str) -> int:
        """Count the connections a role has made since the server was started first."""


class Postgres:
    """The service's database. The service has its own role and password; a check acts beside it, with more rights."""

    def __init__(
        self, server: Server, superuser: Superuser, timeline: Timeline, *, database: str, role: str, password: str
    ) -> None:
        self.host = server.host
        self.port = server.port
        self.database = database
        self.role = role
        self.password = password
        self.url = f"postgresql://{role}:{password}@{server.host}:{server.port}/{database}"
        """What the service is given as DATABASE_URL."""
        self._server = server
        self._superuser = superuser
        self._timeline = timeline
        self._sessions = Sessions(superuser, role)
        self._holds = Holds(superuser, database, self._sessions, timeline)
        self._is_frozen = False

    # Reading and writing, as another client of the same database would.

    async def fetch(self, query: str, *values: object) -> list[Row]:
        """Run a query with `%s` placeholders and return its rows."""
        return await (await self._run(query, values)).fetchall()

    async def fetch_one(self, query: str, *values: object) -> Row | None:
        """Return the first row, or None when there is none."""
        return await (await self._run(query, values)).fetchone()

    async def fetch_value(self, query: str, *values: object) -> Any:
        """Return the first column of the first row, or None when there is none."""
        row = await self.fetch_one(query, *values)
        return next(iter(row.values())) if row else None

    async def execute(self, statement: str, *values: object) -> int:
        """Run a statement and return how many rows it changed."""
        return (await self._run(statement, values)).rowcount

    # Holding.

    def locked(self, table: str, mode: str = "ACCESS EXCLUSIVE") -> AbstractAsyncContextManager[None]:
        """Hold a table: ACCESS EXCLUSIVE makes readers wait, SHARE only those who write."""
        return self._holds.table(table, mode)

    def row_locked(self, table: str, row_id: object) -> AbstractAsyncContextManager[None]:
        """Hold one row: whoever wants to change it waits, whoever reads it does not."""
        return self._holds.row(table, row_id)

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[None]:
        """Hold the whole server: it accepts connections and answers nothing."""
        with self._timeline.span("database frozen", lane="database", kind="hold") as hold:
            self._is_frozen = True
            try:
                await self._server.freeze()
                yield
            finally:
                await self._server.thaw()
                self._is_frozen = False
                hold.end("goes on")

    # Watching.

    async def until_waiting(self, n: int = 1, *, within: float = 5.0) -> int:
        """Wait until at least n of the service's sessions wait for a lock; return how many do."""
        self._refuse_when_frozen()
        expected = f"{n} quer{'y' if n == 1 else 'ies'} of the service to wait for a lock in the database"
        sessions = await self._sessions.until(lambda found: sum(s.waits_for_lock for s in found) >= n, expected, within)
        return sum(session.waits_for_lock for session in sessions)

    async def until_idle(self, within: float = 5.0) -> None:
        """Wait until every session of the service is idle, or gone: nothing runs, no transaction is open."""
        self._refuse_when_frozen()
        expected = "every database session of the service to be idle once its requests are answered"
        await self._sessions.until(lambda found: all(session.idle for session in found), expected, within)

    @asynccontextmanager
    async def measured(self) -> AsyncIterator[Usage]:
        """Count what the service asks of the database inside the block; both marks wait until its sessions are idle.

        A session's last statement is counted only when its transaction ends, which may be after the response has gone
        out; that is what the waiting is for. The counters are read twice and never reset, so marks may overlap.

        Warm up first: a new session's first statements also touch blocks of the catalogue, to learn what the tables,
        types and operators are that they name.
        """
        usage = Usage()
        await self.until_idle()
        counting = await self._superuser.keep(self._superuser.maintenance)
        before = await read_counts(counting, self.role)
        yield usage
        await self.until_idle()
        after = await read_counts(counting, self.role)
        usage.everything = difference(before, after, await read_relations(await self._connection()))

    async def sessions(self) -> int:
        """Return how many connections the service holds now."""
        self._refuse_when_frozen()
        return len(await self._sessions.all())

    async def sessions_started(self) -> int:
        """Return how many connections the service has opened since the lab did."""
        self._refuse_when_frozen()
        return await self._server.logins(self.role)

    async def sessions_abandoned(self, *, within: float = 5.0) -> int:
        """Wait until the service has no connection left; return how many it dropped without saying goodbye.

        A session reports how it ended before it leaves the list of sessions, so the count is exact once the list is
        empty: ask after the service has stopped.
        """
        self._refuse_when_frozen()
        await self._sessions.until(lambda found: not found, "every database session of the service to be over", within)
        query = "SELECT sessions_abandoned FROM pg_stat_database WHERE datname = %s"
        return int(await self.fetch_value(query, self.database))

    async def terminate_sessions(self) -> int:
        """End every session of the service, as a failover would; return how many there were."""
        self._refuse_when_frozen()
        ended = await self._sessions.terminate()
        self._timeline.mark(f"{ended} database session{'s' * (ended != 1)} ended", lane="database", kind="signal")
        return ended

    async def cancel_waiting(self) -> int:
        """Cancel every query of the service that waits for a lock, as an administrator would; return how many."""
        self._refuse_when_frozen()
        cancelled = await self._sessions.cancel_waiting()
        if cancelled:
            self._timeline.mark(f"{cancelled} waiting queries cancelled", lane="database", kind="signal")
        return cancelled

    async def plan(self, query: str, *values: object) -> dict[str, Any]:
        """Return how the database would run a statement, as EXPLAIN says it.

        A statement from `measured()` has `$1` for its values and gets the plan that suits any value; a statement with
        `%s` gets the plan for the values given.
        """
        how = "FORMAT JSON" if values else "GENERIC_PLAN, FORMAT JSON"
        found = await self.fetch_value(f"EXPLAIN ({how}) {query}", *values)
        plan: dict[str, Any] = found[0]["Plan"]
        return plan

    # The server itself.

    async def restart(self) -> None:
        """Stop the server and start it again on the same port; every connection is lost."""
        with self._timeline.span("database restarts", lane="database", kind="signal"):
            await self._superuser.close()
            await self._server.restart()

    async def reset(self) -> None:
        """Between two checks: let go of whatever the last one still held. Data stays as it is."""
        await self._superuser.release()

    async def _connection(self, query: str = "") -> Connection:
        self._refuse_when_frozen()
        return await self._superuser.keep(self.database, in_person=ONLY_A_SUPERUSER.search(query) is not None)

    async def _run(self, query: str, values: tuple[object, ...]) -> psycopg.AsyncCursor[Row]:
        connection = await self._connection(query)
        try:
            return await connection.execute(query.encode(), values or None)
        except psycopg.errors.LockNotAvailable as refusal:
            expected = f"`{query}` not to wait for a lock"
            sessions = describe(await self._sessions.all())
            raise Unmet(expected, f"{sessions} after {PATIENCE}") from refusal

    def _refuse_when_frozen(self) -> None:
        if self._is_frozen:
            message = "The database is frozen: the check must leave `frozen()` before it asks the database anything."
            raise LabError(message)


def new_password() -> str:
    """Make a password for one run."""
    return secrets.token_urlsafe(24)
