"""PostgreSQL as a container of the official image."""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psycopg

from onduty.lab.database.database_sql import DatabaseFile
from onduty.lab.database.loading import count_statements, create_database, create_role, load
from onduty.lab.database.postgres import Postgres, new_password
from onduty.lab.database.settings import DATABASE, ROLE, SUPERUSER, settings
from onduty.lab.database.superuser import Superuser
from onduty.lab.errors import LabError
from onduty.lab.providers.container import Container
from onduty.lab.providers.remote import RemoteServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from onduty.lab.run import Run

MAJOR = 18
IMAGE = f"postgres:{MAJOR}"
PORT = 5432
START_LIMIT = 60.0
TURN = 0.05


class ContainedServer(RemoteServer):
    """A server in a container of ours, which may be frozen and restarted."""

    def __init__(self, superuser: Superuser, database: str, container: Container) -> None:
        super().__init__(superuser, database)
        self._container = container
        self._frozen = False

    async def restart(self) -> None:
        """Stop in order and start again on the same port."""
        await self._container.restart()
        await _until_ready(self._superuser, self._container)

    async def freeze(self) -> None:
        """Stop every process of the container in its tracks."""
        await self._container.pause()
        self._frozen = True

    async def thaw(self) -> None:
        """Let them go on."""
        if self._frozen:
            await self._container.unpause()
            self._frozen = False


@asynccontextmanager
async def postgres(run: Run, database: Path | None) -> AsyncIterator[Postgres]:
    """Start a container of the run's own and load `database` into it."""
    file = DatabaseFile.read(database)
    password, app_password = new_password(), new_password()
    command = ["postgres", *(part for name, value in settings(MAJOR).items() for part in ("-c", f"{name}={value}"))]
    container = await Container.start(run, IMAGE, PORT, command, {"POSTGRES_PASSWORD": password})
    superuser = Superuser(container.host, container.port, SUPERUSER, password)
    try:
        await _until_ready(superuser, container)
        await count_statements(superuser)
        await create_role(superuser, ROLE, app_password)
        await create_database(superuser, DATABASE, owner=ROLE)
        await load(superuser, file, database=DATABASE, role=ROLE)
        server = ContainedServer(superuser, DATABASE, container)
        yield Postgres(server, superuser, run.timeline, database=DATABASE, role=ROLE, password=app_password)
    finally:
        await superuser.close()
        container.close()


async def _until_ready(superuser: Superuser, container: Container) -> None:
    """Wait until the server takes connections; while the image sets it up, it takes none from outside."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            await superuser.keep(superuser.maintenance)
            return
        await container.require_running()
        await asyncio.sleep(TURN)
    message = f"PostgreSQL in its container took no connection within {START_LIMIT:g} s."
    raise LabError(message)
