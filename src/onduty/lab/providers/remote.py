"""A PostgreSQL server that is no process of ours: what it can do for a check, and what it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onduty.lab.unmet import NotGraded

if TYPE_CHECKING:
    from onduty.lab.database.superuser import Superuser

NOT_OURS = "The database server named by ONDUTY_POSTGRES_URL cannot be {}: use `--lab embedded` for this check."
SESSIONS = "SELECT sessions FROM pg_stat_database WHERE datname = %s"


class RemoteServer:
    """A server reached by host and port only."""

    def __init__(self, superuser: Superuser, database: str) -> None:
        self.host = superuser.host
        self.port = superuser.port
        self._superuser = superuser
        self._database = database

    async def logins(self, role: str) -> int:  # noqa: ARG002 - the database is new, and only this role's
        """Count the connections made to the service's database, without the lab's own.

        A session is in the statistics as soon as it is idle for the first time, which is before its client can ask
        anything of it.
        """
        connection = await self._superuser.keep(self._superuser.maintenance)
        row = await (await connection.execute(SESSIONS, [self._database])).fetchone()
        return (row["sessions"] if row else 0) - self._superuser.opened[self._database]

    async def restart(self) -> None:
        """Refuse: others may be using it."""
        raise NotGraded(NOT_OURS.format("restarted"))

    async def freeze(self) -> None:
        """Refuse: others may be using it."""
        raise NotGraded(NOT_OURS.format("frozen"))

    async def thaw(self) -> None:
        """Do nothing, since it was never frozen."""
