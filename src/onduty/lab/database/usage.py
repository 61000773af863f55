"""What the service's statements cost the database, counted by pg_stat_statements."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onduty.lab.database.superuser import Connection

# One row per statement text; the same text may have been planned under several ids, and in several databases.
COUNTERS = """
SELECT dbid, queryid, query, calls, rows, shared_blks_hit + shared_blks_read AS blocks
FROM pg_stat_statements AS counted JOIN pg_roles AS role ON role.oid = counted.userid
WHERE role.rolname = %s AND toplevel
"""
RELATIONS = r"""
WITH theirs AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^(pg_catalog|pg_toast|information_schema)')
SELECT relname AS name FROM pg_class JOIN theirs ON theirs.oid = relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
UNION SELECT proname FROM pg_proc JOIN theirs ON theirs.oid = pronamespace
"""

COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
WORD = re.compile(r'"(?:[^"]|"")+"|\w+')

FETCHING = frozenset({"FETCH", "MOVE"})
SESSION_KEEPING = frozenset({
    "ABORT", "BEGIN", "CHECKPOINT", "CLOSE", "COMMIT", "DEALLOCATE", "DISCARD", "END", "LISTEN", "NOTIFY", "PREPARE",
    "RELEASE", "RESET", "ROLLBACK", "SAVEPOINT", "SET", "SHOW", "START", "UNLISTEN",
})  # fmt: skip
ALWAYS_REAL = frozenset({
    "ALTER", "CALL", "COPY", "CREATE", "DECLARE", "DELETE", "DO", "DROP", "INSERT", "LOCK", "MERGE", "TRUNCATE",
    "UPDATE",
})  # fmt: skip


class Kind(StrEnum):
    """What a statement is for."""

    STATEMENT = "statement"
    FETCH = "fetch"
    """Reads on from a cursor: its blocks and rows count, but it is no statement of its own."""
    HOUSEKEEPING = "housekeeping"
    """BEGIN, COMMIT, SET, and what drivers ask about types, versions and whether the connection lives."""


@dataclass(frozen=True)
class Query:
    """All calls of one statement between the two marks."""

    sql: str
    calls: int
    rows: int
    blocks: int
    kind: Kind = Kind.STATEMENT


@dataclass
class Usage:
    """What the service asked of the database between two marks; filled in when the second mark is reached."""

    everything: list[Query] = field(default_factory=list)

    @property
    def queries(self) -> list[Query]:
        """The statements proper, the costliest first."""
        found = [query for query in self.everything if query.kind is Kind.STATEMENT]
        return sorted(found, key=lambda query: (-query.blocks, query.sql))

    @property
    def housekeeping(self) -> list[Query]:
        """What sessions and drivers need for themselves."""
        return [query for query in self.everything if query.kind is Kind.HOUSEKEEPING]

    @property
    def statements(self) -> int:
        """How many statements ran, not counting housekeeping."""
        return sum(query.calls for query in self.queries)

    @property
    def blocks(self) -> int:
        """How many 8 KiB blocks these statements touched, cached or not."""
        return sum(query.blocks for query in self.everything if query.kind is not Kind.HOUSEKEEPING)

    @property
    def rows(self) -> int:
        """How many rows these statements returned or changed."""
        return sum(query.rows for query in self.everything if query.kind is not Kind.HOUSEKEEPING)


Counts = dict[tuple[int, int], Query]


async def read_counts(connection: Connection, role: str) -> Counts:
    """Return everything counted for the role so far."""
    rows = await (await connection.execute(COUNTERS, [role])).fetchall()
    return {
        (row["dbid"], row["queryid"]): Query(row["query"] or "", row["calls"], row["rows"], row["blocks"])
        for row in rows
    }


async def read_relations(connection: Connection) -> frozenset[str]:
    """Return the names of the tables, views and functions that belong to the service."""
    rows = await (await connection.execute(RELATIONS)).fetchall()
    return frozenset(row["name"] for row in rows)


def difference(before: Counts, after: Counts, relations: frozenset[str]) -> list[Query]:
    """Return what was counted between two readings, each statement once."""
    merged: dict[str, Query] = {}
    for key, now in after.items():
        then = before.get(key, Query(now.sql, 0, 0, 0))
        known = merged.get(now.sql, Query(now.sql, 0, 0, 0))
        calls, rows, blocks = now.calls - then.calls, now.rows - then.rows, now.blocks - then.blocks
        if calls > 0:
            kind = kind_of(now.sql, relations)
            merged[now.sql] = Query(now.sql, known.calls + calls, known.rows + rows, known.blocks + blocks, kind)
    return list(merged.values())


def kind_of(sql: str, relations: frozenset[str]) -> Kind:
    """Tell what a statement is for: one that names nothing of the service's own is a driver's."""
    words = [word.strip('"') if word.startswith('"') else word.lower() for word in WORD.findall(COMMENT.sub(" ", sql))]
    verb = words[0].upper() if words else ""
    if verb in FETCHING:
        return Kind.FETCH
    if verb in ALWAYS_REAL or (verb not in SESSION_KEEPING and not relations.isdisjoint(words)):
        return Kind.STATEMENT
    return Kind.HOUSEKEEPING
