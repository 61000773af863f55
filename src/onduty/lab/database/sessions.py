"""The service's sessions in the database: how many, what they do, when they are idle."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import Callable

    from onduty.lab.database.superuser import Superuser

TURN = 0.01
SHOWN = 3
LONGEST_QUERY = 80

# The service's sessions by its role, whatever database they are in.
ACTIVITY = """
SELECT pid, coalesce(state, 'starting') AS state, coalesce(wait_event_type, '') AS wait, query
FROM pg_stat_activity WHERE usename = %s AND backend_type = 'client backend' ORDER BY backend_start
"""

TERMINATE = "SELECT pg_terminate_backend(pid) AS told FROM unnest(%s::int[]) AS pid"
CANCEL_WAITING = """
SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = %s AND wait_event_type = 'Lock'
"""


@dataclass(frozen=True)
class Session:
    """One of the service's connections, as the database sees it."""

    pid: int
    state: str
    waits_for_lock: bool
    query: str

    @property
    def idle(self) -> bool:
        """Whether nothing runs and no transaction is open."""
        return self.state == "idle"

    @property
    def doing(self) -> str:
        """What it waits for or how it stands, and its statement."""
        doing = "waiting for a lock" if self.waits_for_lock else self.state
        query = " ".join(self.query.split())
        shown = query if len(query) <= LONGEST_QUERY else f"{query[: LONGEST_QUERY - 1]}…"
        return f"{doing} (`{shown}`)" if shown else doing


class Sessions:
    """Watches the sessions of one role."""

    def __init__(self, superuser: Superuser, role: str) -> None:
        self._superuser = superuser
        self._role = role

    async def all(self) -> list[Session]:
        """Return the sessions that are open now."""
        connection = await self._superuser.keep(self._superuser.maintenance)
        rows = await (await connection.execute(ACTIVITY, [self._role])).fetchall()
        return [Session(row["pid"], row["state"], row["wait"] == "Lock", row["query"]) for row in rows]

    async def until(self, met: Callable[[list[Session]], bool], expected: str, within: float) -> list[Session]:
        """Wait until the sessions are as expected."""
        deadline = time.monotonic() + within
        while not met(sessions := await self.all()):
            if time.monotonic() > deadline:
                raise Unmet(expected, f"{describe(sessions)} after {within:g} s")
            await asyncio.sleep(TURN)
        return sessions

    async def terminate(self) -> int:
        """End all sessions, as an administrator or a failover would; return how many there were."""
        connection = await self._superuser.keep(self._superuser.maintenance)
        pids = [session.pid for session in await self.all()]
        # All are told first: the server looks only every 100 ms whether the one it waits for has ended.
        told = await (await connection.execute(TERMINATE, [pids])).fetchall()
        for pid in pids:
            await connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        return sum(row["told"] for row in told)

    async def cancel_waiting(self) -> int:
        """Cancel every query that waits for a lock, as an administrator would; return how many there were."""
        connection = await self._superuser.keep(self._superuser.maintenance)
        return (await connection.execute(CANCEL_WAITING, [self._role])).rowcount


def describe(sessions: list[Session]) -> str:
    """Say in words what the sessions are doing; those that do something first."""
    if not sessions:
        return "no session of the service"
    busy = [session for session in sessions if not session.idle]
    kinds = Counter(session.doing for session in busy).most_common()
    parts = [f"{count} {doing}" for doing, count in kinds[:SHOWN]]
    if kinds[SHOWN:]:
        parts.append(f"{sum(count for _, count in kinds[SHOWN:])} otherwise busy")
    if len(busy) < len(sessions):
        parts.append(f"{len(sessions) - len(busy)} idle")
    return f"{len(sessions)} session{'s' * (len(sessions) > 1)} of the service ({', '.join(parts)})"
