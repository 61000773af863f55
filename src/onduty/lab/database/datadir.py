"""PostgreSQL data directories: made and loaded once per machine, copied for each run."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from onduty.lab.database.cluster import Cluster
from onduty.lab.database.loading import count_statements, create_clerk, create_database, create_role, load
from onduty.lab.database.settings import ACCESS, CLERK, CLERK_MAY, DATABASE, ROLE, SUPERUSER, settings
from onduty.lab.database.superuser import Superuser
from onduty.lab.machine import process
from onduty.lab.machine.account import ourselves
from onduty.lab.machine.paths import cache_dir, open_to_others
from onduty.lab.machine.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from onduty.lab.database.database_sql import DatabaseFile
    from onduty.lab.machine.account import Account
    from onduty.lab.machine.binaries import PostgresPrograms
    from onduty.lab.machine.guardian import Guardian

FORMAT = "2"  # raised when data directories come to be made differently

INITDB = (
    "--auth=scram-sha-256",
    "--data-checksums",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
    f"--username={SUPERUSER}",
    # Small segments make a small directory, which is copied at every start.
    "--wal-segsize=1",
    "--set=min_wal_size=2MB",
)
# Nobody replicates while the rows are loaded, so most of the log of changes need not be written, and none kept.
LOADING = {"wal_level": "minimal", "max_wal_senders": "0", "wal_recycle": "off", "max_wal_size": "2MB"}
# The template is a quarter of the directory's size, and what it is for, other locales, is not needed here.
WITHOUT_TEMPLATE = (
    "UPDATE pg_database SET datistemplate = false WHERE datname = 'template0'",
    "DROP DATABASE template0",
)
COPY = ("cp", "-cR") if sys.platform == "darwin" else ("cp", "-R")


@dataclass(frozen=True)
class DataDirectories:
    """Makes and copies data directories with one installation of PostgreSQL, as the user who runs the server."""

    programs: PostgresPrograms
    account: Account
    guardian: Guardian
    work: Path
    """A directory of the run that belongs to that user."""

    async def copy(self, file: DatabaseFile, target: Path) -> str:
        """Copy the data directory for this file, made now if need be; return its superuser's password."""
        async with self._store.entry(self._key(file), lambda place: self._make(file, place)) as entry:
            await self._run(*COPY, entry.content, target)
            os.chmod(target, 0o700)  # noqa: PTH101 - the linter takes a method of a path for slow
            return str(entry.notes["password"])

    async def discard(self, file: DatabaseFile) -> None:
        """Throw the cached directory away: a server would not start on its copy."""
        await self._store.discard(self._key(file))

    @property
    def _store(self) -> Store:
        return Store(cache_dir() / "databases")

    def _key(self, file: DatabaseFile) -> str:
        """Name everything a data directory depends on."""
        made_by = (FORMAT, self.programs.fingerprint, INITDB, LOADING, settings(self.programs.major), ACCESS)
        return hashlib.sha256(f"{made_by} {file.digest}".encode()).hexdigest()[:32]

    async def _make(self, file: DatabaseFile, place: Path) -> dict[str, Any]:
        draft = self.account.make_directory(self.work / "draft")
        password = secrets.token_hex()
        await self._initialise(draft / "data", password)
        cluster = Cluster(draft / "data", self.programs, self.account, self.guardian, draft)
        await cluster.start(**LOADING)
        try:
            superuser = Superuser(str(cluster.socket_dir), cluster.port, SUPERUSER, password)
            await create_role(superuser, ROLE, secrets.token_hex())
            await create_clerk(superuser, CLERK, [*CLERK_MAY, ROLE])
            await create_database(superuser, DATABASE, owner=ROLE)
            await load(superuser, file, database=DATABASE, role=ROLE)
            await count_statements(superuser)
            async with superuser.connection(superuser.maintenance) as connection:
                for statement in WITHOUT_TEMPLATE:
                    await connection.execute(statement)
            await cluster.shut_down()
        finally:
            await cluster.stop()
        copying: list[str | Path] = [*COPY, f"{draft}/data/.", place]
        await process.run(copying, home=self.work, log=self._log, account=ourselves(), target=place)
        if self.account.substitute:
            open_to_others(place)
        shutil.rmtree(draft)
        return {"password": password, "source": str(file.source) if file.source else None}

    async def _initialise(self, data_dir: Path, password: str) -> None:
        password_file = data_dir.with_name("password")
        password_file.write_text(password)
        if self.account.substitute:
            os.chown(password_file, self.account.uid, self.account.gid)
        builtin = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if self.programs.major >= 17 else ()
        chosen = [f"--set={name}={value}" for name, value in settings(self.programs.major).items()]
        places = (f"--pgdata={data_dir}", f"--pwfile={password_file}")
        await self._run(self.programs.initdb, *places, *INITDB, *builtin, *chosen)
        (data_dir / "pg_hba.conf").write_text(ACCESS)

    async def _run(self, *command: str | Path) -> None:
        await process.run(command, home=self.work, log=self._log, account=self.account)

    @property
    def _log(self) -> Path:
        return self.work / "making.log"
