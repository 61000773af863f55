"""One lab: everything a check runs against, opened together and gone together."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from onduty.lab.errors import LabError
from onduty.lab.machine.disk import shortage
from onduty.lab.machine.guardian import Guardian
from onduty.lab.machine.paths import cache_dir, new_run_dir
from onduty.lab.providers import Provider
from onduty.lab.recorder import Timeline
from onduty.lab.run import Run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from onduty.lab.cache.valkey import Valkey
    from onduty.lab.database.postgres import Postgres
    from onduty.lab.hosting.launcher import Launcher
    from onduty.lab.hosting.platform import Platform
    from onduty.lab.hosting.service import Service
    from onduty.lab.upstream.payments import Payments

PARTS = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL", "payments": "PAYMENTS_URL"}
"""What a chapter may need, and the variable of the contract that names it to the service."""


class Lab:
    """The parts a chapter needs, and the platform that runs the app under check."""

    def __init__(self, run: Run, seed: int) -> None:
        self.run_dir = run.directory
        self.guardian = run.guardian
        self.timeline = run.timeline
        self.seed = seed
        self._parts: dict[str, Any] = {}

    @property
    def postgres(self) -> Postgres:
        """The database."""
        found: Postgres = self._part("postgres")
        return found

    @property
    def valkey(self) -> Valkey:
        """The cache."""
        found: Valkey = self._part("valkey")
        return found

    @property
    def payments(self) -> Payments:
        """The payment provider."""
        found: Payments = self._part("payments")
        return found

    @property
    def platform(self) -> Platform:
        """The platform, which starts the app."""
        found: Platform = self._part("platform")
        return found

    @property
    def environment(self) -> dict[str, str]:
        """What the service is told of the parts this lab has."""
        return {variable: self._parts[part].url for part, variable in PARTS.items() if part in self._parts}

    async def tidy(self, *, keep: Service | None = None) -> None:
        """After a check: end what it started (all but `keep`), let go of what it held, forget what it recorded."""
        if keep is not None:
            await keep.drop_requests()
        if "platform" in self._parts:
            await asyncio.gather(*(service.close() for service in self.platform.started if service is not keep))
        if "payments" in self._parts:
            self.payments.reset()
        if "postgres" in self._parts:
            await self.postgres.reset()

    def add(self, name: str, part: object) -> None:
        """Add a part that has been started."""
        self._parts[name] = part

    def _part(self, name: str) -> Any:
        if name not in self._parts:
            message = f"This lab has no {name}: name it under `needs` in the chapter's chapter.toml."
            raise LabError(message)
        return self._parts[name]


@asynccontextmanager
async def open_lab(
    needs: set[str],
    *,
    app: Path | None = None,
    database: Path | None = None,
    seed: int = 0,
    provider: Provider = "embedded",
    holds: Sequence[str] = (),
    launcher: Launcher | None = None,
) -> AsyncIterator[Lab]:
    """Start what is needed, side by side; leave nothing behind afterwards, whatever happened.

    `app` is the directory of the app that `lab.platform` starts; `database` is the chapter's `database.sql`.
    `holds` are the patterns of the files it may have, `launcher` starts its processes, if not as they are.
    """
    if unknown := needs - set(PARTS):
        message = f"The lab has no {', '.join(sorted(unknown))}; it has {', '.join(PARTS)}."
        raise LabError(message)
    run_dir = new_run_dir()
    run = Run(run_dir, Guardian.start(run_dir), Timeline())
    lab = Lab(run, seed)
    try:
        async with AsyncExitStack() as stack:
            await _open_parts(lab, run, stack, needs=needs, database=database, provider=provider)
            if app is not None:
                _open_platform(lab, stack, app, holds, launcher)
            yield lab
    finally:
        await asyncio.to_thread(run.guardian.close)


async def _open_parts(
    lab: Lab, run: Run, stack: AsyncExitStack, *, needs: set[str], database: Path | None, provider: Provider
) -> None:
    async def open_part(name: str, opened: AbstractAsyncContextManager[object]) -> None:
        lab.add(name, await stack.enter_async_context(opened))

    servers = import_module(f"onduty.lab.providers.{provider}")
    try:
        async with asyncio.TaskGroup() as group:
            if "postgres" in needs:
                group.create_task(open_part("postgres", servers.postgres(run, database)))
            if "valkey" in needs:
                group.create_task(open_part("valkey", servers.valkey(run)))
            if "payments" in needs:
                group.create_task(open_part("payments", _payments(run)))
    except ExceptionGroup as failures:
        raise shortage(run.directory, cache_dir()) or failures.exceptions[0] from None


@asynccontextmanager
async def _payments(run: Run) -> AsyncIterator[Payments]:
    from onduty.lab.upstream.payments import Payments

    payments = Payments(run.timeline)
    try:
        yield payments
    finally:
        await payments.close()


def _open_platform(lab: Lab, stack: AsyncExitStack, app: Path, holds: Sequence[str], launcher: Launcher | None) -> None:
    from onduty.lab.hosting.platform import Platform

    platform = Platform(app, lab.run_dir, lab.guardian, lab.timeline, lab.environment, holds=holds, launcher=launcher)
    stack.push_async_callback(platform.close)
    lab.add("platform", platform)
