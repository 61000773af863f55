"""PostgreSQL on the server that ONDUTY_POSTGRES_URL names: a run gets a database and a role of its own."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from onduty.lab.database.database_sql import DatabaseFile
from onduty.lab.database.loading import count_statements, create_database, create_role, load
from onduty.lab.database.postgres import Postgres, new_password
from onduty.lab.database.settings import PER_SESSION
from onduty.lab.database.superuser import Superuser
from onduty.lab.machine.binaries import OLDEST_POSTGRES
from onduty.lab.providers.leftovers import taken_down_at_the_end
from onduty.lab.providers.named import POSTGRES_URL, named
from onduty.lab.providers.remote import RemoteServer
from onduty.lab.unmet import NotGraded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from onduty.lab.run import Run

FACTS = """
SELECT rolsuper AS superuser, current_setting('server_version_num')::int / 10000 AS major,
    CASE WHEN rolsuper THEN current_setting('shared_preload_libraries') ~ 'pg_stat_statements' END AS counting
FROM pg_roles WHERE rolname = current_user
"""


@asynccontextmanager
async def postgres(run: Run, database: Path | None) -> AsyncIterator[Postgres]:
    """Create a database and a role on the named server, and drop them when the run is over."""
    file = DatabaseFile.read(database)
    owner = _superuser()
    await _require_fit(owner)
    token = secrets.token_hex(6)
    name, role, password = f"onduty_{token}", f"onduty_app_{token}", new_password()
    superuser = Superuser(owner.host, owner.port, owner.user, owner.password, maintenance=f"onduty_lab_{token}")
    taken_down_at_the_end(
        run.guardian,
        "databases",
        server=owner.address(owner.maintenance),
        databases=[name, superuser.maintenance],
        roles=[role],
    )
    await create_database(owner, superuser.maintenance, owner=owner.user)
    await count_statements(superuser)
    await create_role(superuser, role, password)
    await _set_per_session(superuser, role)
    await create_database(superuser, name, owner=role)
    await load(superuser, file, database=name, role=role)
    try:
        server = RemoteServer(superuser, name)
        yield Postgres(server, superuser, run.timeline, database=name, role=role, password=password)
    finally:
        await superuser.close()


def _superuser() -> Superuser:
    try:
        url = conninfo_to_dict(named(POSTGRES_URL, "of a PostgreSQL superuser"))
    except psycopg.ProgrammingError as refusal:
        message = f"{POSTGRES_URL} is not a PostgreSQL URL: {refusal}"
        raise NotGraded(message) from refusal
    user = str(url.get("user", "postgres"))
    return Superuser(
        str(url.get("host", "127.0.0.1")),
        int(url.get("port") or 5432),
        user,
        str(url.get("password", "")),
        maintenance=str(url.get("dbname", user)),
    )


async def _require_fit(owner: Superuser) -> None:
    try:
        async with owner.connection(owner.maintenance) as connection:
            facts = await (await connection.execute(FACTS)).fetchone()
    except psycopg.OperationalError as refusal:
        message = f"The server that {POSTGRES_URL} names cannot be used: {refusal}"
        raise NotGraded(message) from refusal
    if facts is None or not facts["superuser"]:
        message = f"{POSTGRES_URL} must name a superuser, and {owner.user} is none."
        raise NotGraded(message)
    if facts["major"] < OLDEST_POSTGRES:
        message = f"{POSTGRES_URL} must name PostgreSQL {OLDEST_POSTGRES} or newer; it is {facts['major']}."
        raise NotGraded(message)
    if not facts["counting"]:
        message = (
            f"The server that {POSTGRES_URL} names does not count statements: "
            "start it with shared_preload_libraries=pg_stat_statements."
        )
        raise NotGraded(message)


async def _set_per_session(superuser: Superuser, role: str) -> None:
    async with superuser.connection(superuser.maintenance) as connection:
        for name, value in PER_SESSION.items():
            await connection.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(
                    sql.Identifier(role), sql.Identifier(name), sql.Literal(value)
                )
            )
