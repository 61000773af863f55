"""The hosting platform: deploys copies of an app, each with its own directory, port and environment."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import signal
import stat
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from onduty.course.globs import matches
from onduty.lab.hosting.deployment import Deployment
from onduty.lab.hosting.errors import DidNotStart, ServiceCrashed
from onduty.lab.hosting.procfile import PROCESSES, Procfile
from onduty.lab.hosting.service import Service
from onduty.lab.network import ports
from onduty.lab.recorder import Timeline
from onduty.lab.unmet import NotGraded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onduty.lab.hosting.deployment import Guardian
    from onduty.lab.hosting.launcher import Launcher

NOT_DEPLOYED = frozenset({
    ".git", ".mypy_cache", ".onduty", ".pytest_cache", ".ruff_cache", ".venv", "__pycache__", "node_modules", "venv",
})  # fmt: skip
PORT_TRIES = 3
TAKEN = re.compile(r"address (is )?already in use", re.IGNORECASE)
INHERITED_WHEN_IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
LAST_PORT = 65_535
SPACE_NEEDED = 5_000_000


class Platform:
    """Starts services from `source`, and ends all of them when it is closed."""

    def __init__(
        self,
        source: Path,
        run_dir: Path,
        guardian: Guardian | None,
        timeline: Timeline,
        environment: Mapping[str, str],
        *,
        holds: Sequence[str] = (),
        launcher: Launcher | None = None,
    ) -> None:
        """Deploy from `source` what fits one of the patterns in `holds`; all of it, if there is none."""
        self._source = source
        self._holds = holds
        self._launcher = launcher
        self._run_dir = (launcher.place if launcher and launcher.place else run_dir).resolve()
        self._has_own_disk = launcher is not None and launcher.place is not None
        self._guardian = guardian
        self._timeline = timeline
        self._environment = {
            "ENVIRONMENT": "production",
            "MENU_TTL": "0",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "WEB_CONCURRENCY": "2",
            **({"PAYMENTS_DEADLINE": "1"} if "PAYMENTS_URL" in environment else {}),
            **environment,
        }
        self.started: list[Service] = []
        self._in_advance: list[tuple[Mapping[str, str | None], asyncio.Task[Service]]] = []
        _keep_ignored_signals_to_ourselves()

    @property
    def running(self) -> list[Service]:
        """The services whose main process is alive."""
        return [service for service in self.started if service.alive]

    async def start(
        self,
        *,
        processes: Sequence[str] = PROCESSES,
        wait: bool = True,
        app: Path | None = None,
        **environment: str | None,
    ) -> Service:
        """Deploy a fresh copy of the app and start its processes; a variable set to None is left out.

        With `wait`, return when the service takes connections, or raise the ServiceCrashed that says why it does not.
        """
        service = None
        if wait and app is None and processes == PROCESSES:
            service = await self._begun_in_advance(environment)
        if service is None:
            service = await self._start(self._timeline, processes, app or self._source, environment, wait=wait)
        self.started.append(service)
        return service

    def start_in_advance(self, count: int, **environment: str | None) -> None:
        """Begin to start so many copies of the app: `start` hands them out when it is asked for this environment.

        Nobody sees them before that: they are on no timeline, and live on when a check is over.
        """
        for _ in range(count):
            starting = asyncio.create_task(
                self._start(Timeline(), PROCESSES, self._source, environment, wait=True), name="a copy in advance"
            )
            self._in_advance.append((environment, starting))

    async def _begun_in_advance(self, environment: Mapping[str, str | None]) -> Service | None:
        for begun in self._in_advance:
            if begun[0] == environment:
                self._in_advance.remove(begun)
                service = await begun[1]
                service.appear_on(self._timeline)
                return service
        return None

    async def _start(
        self,
        timeline: Timeline,
        processes: Sequence[str],
        source: Path,
        environment: Mapping[str, str | None],
        *,
        wait: bool,
    ) -> Service:
        tries = PORT_TRIES
        while True:
            deployment = await self._deploy(source, environment, timeline)
            service = Service(deployment, deployment.procfile.present(processes))
            tries -= 1
            try:
                await service.boot(wait=wait)
            except DidNotStart as failure:
                await service.close()
                if not tries or "PORT" in environment or not _was_taken(service.port, failure):
                    raise
            except BaseException:
                await service.close()
                raise
            else:
                return service

    async def close(self) -> None:
        """End every service that was started."""
        for _, starting in self._in_advance:
            starting.cancel()
        begun = await asyncio.gather(*(starting for _, starting in self._in_advance), return_exceptions=True)
        self._in_advance.clear()
        self.started += [service for service in begun if isinstance(service, Service)]
        await asyncio.gather(*(service.close() for service in self.started))
        self.started.clear()

    async def _deploy(self, source: Path, overrides: Mapping[str, str | None], timeline: Timeline) -> Deployment:
        place = self._run_dir / f"service-{secrets.token_hex(4)}"
        _copy(source, place / "app", self._holds if source is self._source else (), own_disk=self._has_own_disk)
        for name in ("home", "tmp"):
            (place / name).mkdir()
        wanted = {
            "HOST": ports.HOST,
            "PORT": str(ports.free_port()),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "HOME": str(place / "home"),
            "TMPDIR": str(place / "tmp"),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            **self._environment,
            **overrides,
        }
        environment = {name: value for name, value in wanted.items() if value is not None}
        procfile = Procfile.read(place / "app")
        # A check may set PORT to something that is no port; then nobody will be found listening where we look.
        port = int(environment["PORT"]) if _is_port(environment.get("PORT", "")) else ports.free_port()
        return Deployment(
            place / "app",
            procfile,
            environment,
            port=port,
            timeline=timeline,
            guardian=self._guardian,
            launcher=self._launcher,
        )


def _was_taken(port: int, failure: DidNotStart) -> bool:
    """Tell whether somebody else took the port between our choosing it and the service's binding it."""
    return ports.accepts(port) or TAKEN.search(failure.text) is not None


def _keep_ignored_signals_to_ourselves() -> None:
    """Let services start with every signal at its default, also under `nohup` and in the background of a script.

    A signal that is ignored stays ignored across exec, one that has a handler does not: ours does nothing.
    """
    if threading.current_thread() is threading.main_thread():
        for number in INHERITED_WHEN_IGNORED:
            if signal.getsignal(number) is signal.SIG_IGN:
                signal.signal(number, lambda *_: None)


def _is_port(value: str) -> bool:
    return value.isascii() and value.isdigit() and 0 < int(value) <= LAST_PORT


def _copy(source: Path, target: Path, holds: Sequence[str], *, own_disk: bool) -> None:
    def left_out(directory: str, names: list[str]) -> set[str]:
        found = _not_deployable(directory, names)
        if holds:
            inside = Path(directory).relative_to(source)
            found |= {name for name in names if not _may_be_held(source, inside / name, holds)}
        return found

    try:
        shutil.copytree(source, target, symlinks=True, ignore=left_out)
    except (shutil.Error, OSError) as error:
        full = shutil.disk_usage(target.parent.parent).free < SPACE_NEEDED
        if full and own_disk:
            message = "The service has filled the disk it was given, so it cannot be deployed again."
            raise ServiceCrashed(message) from None
        if full:
            message = "The disk is full, so the app cannot be deployed; make some room and run this again."
            raise NotGraded(message) from None
        reason = error.args[0][0][2] if isinstance(error, shutil.Error) else error
        message = f"The app in {source} cannot be read ({reason}); check that its files are there and are yours."
        raise ServiceCrashed(message) from None


def _may_be_held(source: Path, path: Path, holds: Sequence[str]) -> bool:
    found = source / path
    return matches(path.as_posix(), holds) or (found.is_dir() and not found.is_symlink())


def _not_deployable(directory: str, names: list[str]) -> set[str]:
    """Name what is not part of the app: caches, environments, and whatever is neither file, directory nor link."""

    def deployable(name: str) -> bool:
        mode = os.lstat(os.path.join(directory, name)).st_mode  # noqa: PTH118 - called for every file
        return name not in NOT_DEPLOYED and (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))

    return {name for name in names if not deployable(name)}
