"""PostgreSQL and Valkey as programs of this machine, private to the run. Needs no Docker, no root, no network."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from onduty.lab.cache.server import ValkeyServer
from onduty.lab.cache.valkey import Valkey
from onduty.lab.database.cluster import Cluster
from onduty.lab.database.database_sql import DatabaseFile
from onduty.lab.database.datadir import DataDirectories
from onduty.lab.database.loading import change_password
from onduty.lab.database.postgres import Postgres, new_password
from onduty.lab.database.settings import CLERK, DATABASE, ROLE, SUPERUSER
from onduty.lab.database.superuser import Superuser
from onduty.lab.errors import LabError
from onduty.lab.machine.account import server_account
from onduty.lab.machine.binaries import find_binaries
from onduty.lab.machine.readable import readable_programs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from onduty.lab.run import Run

ATTEMPTS = 2


@asynccontextmanager
async def postgres(run: Run, database: Path | None) -> AsyncIterator[Postgres]:
    """Start a server of the run's own, on a copy of the data directory made from `database`."""
    cluster, superuser = await _start(run, DatabaseFile.read(database))
    try:
        password = await _new_passwords(superuser)
        yield Postgres(cluster, superuser, run.timeline, database=DATABASE, role=ROLE, password=password)
    finally:
        await superuser.close()
        await cluster.stop()


async def _start(run: Run, file: DatabaseFile) -> tuple[Cluster, Superuser]:
    account = server_account()
    programs = await readable_programs(find_binaries().postgres, account)
    for attempt in range(1, ATTEMPTS + 1):
        work = account.make_directory(run.directory / f"postgres-{attempt}")
        directories = DataDirectories(programs, account, run.guardian, work)
        password = await directories.copy(file, work / "data")
        cluster = Cluster(work / "data", programs, account, run.guardian, work)
        try:
            await cluster.start()
        except LabError:
            if attempt == ATTEMPTS:
                raise
            await directories.discard(file)  # it may be the cached directory that is damaged
        else:
            return cluster, Superuser(str(cluster.socket_dir), cluster.port, SUPERUSER, password)
    raise AssertionError


async def _new_passwords(superuser: Superuser) -> str:
    """Give this run passwords of its own, in place of those that the cached data directory was made with."""
    password = new_password()
    await change_password(superuser, ROLE, password)
    superuser.clerk = CLERK, await change_password(superuser, CLERK, new_password())
    superuser.password = await change_password(superuser, superuser.user, new_password())
    return password


@asynccontextmanager
async def valkey(run: Run) -> AsyncIterator[Valkey]:
    """Start a server of the run's own."""
    work = run.directory / "valkey"
    work.mkdir(mode=0o700)
    server = ValkeyServer(find_binaries().valkey, run.guardian, work)
    await server.start()
    cache = Valkey(server, run.timeline, url=server.access.url, admin_url=server.access.admin_url)
    try:
        yield cache
    finally:
        await cache.close()
        await server.stop()
