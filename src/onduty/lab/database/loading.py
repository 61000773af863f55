"""Makes the service's role and database, and loads a `database.sql` into it as that role."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from onduty.lab.errors import DatabaseFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onduty.lab.database.database_sql import DatabaseFile, Piece
    from onduty.lab.database.superuser import Connection, Superuser

SINCE_BUILTIN_LOCALE = 170000


async def create_role(superuser: Superuser, role: str, password: str) -> None:
    """Create a role that may log in and nothing more."""
    async with superuser.connection(superuser.maintenance) as connection:
        await connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
        )


async def create_clerk(superuser: Superuser, clerk: str, powers: Sequence[str]) -> None:
    """Create a role that may log in and has these roles' rights."""
    await create_role(superuser, clerk, secrets.token_hex())
    async with superuser.connection(superuser.maintenance) as connection:
        known = {row["rolname"] for row in await (await connection.execute("SELECT rolname FROM pg_roles")).fetchall()}
        for power in known.intersection(powers):
            await connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(power), sql.Identifier(clerk)))


async def create_database(superuser: Superuser, database: str, *, owner: str) -> None:
    """Create an empty database; text sorts by code point, the same on every machine."""
    async with superuser.connection(superuser.maintenance) as connection:
        builtin = connection.info.server_version >= SINCE_BUILTIN_LOCALE
        locale = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'" if builtin else "LOCALE_PROVIDER libc"
        await connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' {}").format(
                sql.Identifier(database), sql.Identifier(owner), sql.SQL(locale)
            )
        )


async def count_statements(superuser: Superuser) -> None:
    """Make the counters readable, in the maintenance database, so that the service's own holds nothing of ours."""
    async with superuser.connection(superuser.maintenance) as connection:
        await connection.execute("CREATE EXTENSION pg_stat_statements")


async def load(superuser: Superuser, file: DatabaseFile, *, database: str, role: str) -> None:
    """Run the file as the role, then tidy up, so that every run begins with the same pages and statistics."""
    async with superuser.connection(database) as connection:
        await connection.execute(sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(role)))
        for piece in file.pieces:
            await _run(connection, piece)
        await connection.execute("RESET SESSION AUTHORIZATION")
        await connection.execute("VACUUM (FREEZE, ANALYZE)")


async def _run(connection: Connection, piece: Piece) -> None:
    try:
        await connection.execute(piece.sql.encode())
    except psycopg.Error as refusal:
        line = piece.line(int(refusal.diag.statement_position or 1))
        message = f"{piece.file}, line {line}: {refusal.diag.message_primary or refusal}."
        raise DatabaseFileError(message) from refusal


async def change_password(superuser: Superuser, role: str, password: str) -> str:
    """Give a role another password, and return it."""
    connection = await superuser.keep(superuser.maintenance)
    await connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
    return password
