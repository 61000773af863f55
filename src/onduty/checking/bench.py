"""The lab and the service that the checks of a chapter share."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from onduty.course.catalog import Chapter
from onduty.lab import Lab, open_lab
from onduty.lab.hosting.errors import ServiceCrashed
from onduty.lab.hosting.launcher import Launcher
from onduty.lab.hosting.service import Service
from onduty.lab.providers import Provider
from onduty.lab.recorder import Timeline
from onduty.lab.unmet import NotGraded

T = TypeVar("T")
LAST_WORDS = 0.1
"""Seconds that a service which answered with a 500 is given to print why."""


@dataclass(frozen=True)
class Subject:
    """What is being checked: a chapter's checks against an app that needs these parts of the lab."""

    chapter: Chapter
    app: Path
    needs: frozenset[str]
    holds: tuple[str, ...]
    """The patterns of the files that a submission of it may have: a pass here is a pass there."""


class Bench:
    """Opens one lab per subject, starts the service once, and again only after a check disturbed it."""

    def __init__(self, *, seed: int, provider: Provider, launcher: Launcher | None = None) -> None:
        self.seed = seed
        self._provider = provider
        self._launcher = launcher
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self._subject: Subject | None = None
        self._lab: Lab | None = None
        self._service: Service | None = None
        self._environment: Mapping[str, Any] = {}
        self._refusal: ServiceCrashed | None = None
        self._unmet: NotGraded | None = None

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(story)

    def lab(self, subject: Subject) -> Lab:
        """The lab; one that this machine cannot open is not tried again."""
        if subject != self._subject:
            self.run(self._open.aclose())
            self._open, self._lab, self._service, self._refusal = AsyncExitStack(), None, None, None
            self._unmet, self._subject = None, subject
        if self._unmet is not None:
            raise self._unmet
        if self._lab is None:
            try:
                self._lab = self.run(self._open_lab(subject))
            except NotGraded as unmet:
                self._unmet = unmet
                raise
        return self._lab

    def service(self, subject: Subject, **environment: Any) -> Service:
        """The shared service; one that did not start is not tried again, since nothing about it can have changed.

        A chapter whose platform sets some variables differently says so in a `service` fixture of its own.
        """
        lab = self.lab(subject)
        if self._refusal is not None:
            raise self._refusal
        if self._service is None or self._service.disturbed or not self._service.alive:
            self._environment = environment
            self._service = self.run(self._start(lab, environment))
        return self._service

    def start_in_advance(self, copies: int) -> None:
        """While a check waits, begin to start what the next one will ask for: copies like the shared service."""
        if self._lab is not None:
            self._lab.platform.start_in_advance(copies, **self._environment)

    @property
    def current(self) -> Lab | None:
        return self._lab

    @property
    def shared(self) -> Service | None:
        return self._service

    async def hear_out(self) -> None:
        """After a failed check: a server answers with 500 first and prints the traceback then."""
        timeline = self._lab.timeline if self._lab is not None else Timeline()
        answers = [event.outcome for event in timeline.events if event.kind == "request" and event.outcome]
        if answers and answers[-1].startswith("5"):
            await asyncio.sleep(LAST_WORDS)

    async def tidy(self) -> None:
        """After each check: end what it started and left, release what it held."""
        if self._lab is not None:
            await self._lab.tidy(keep=self._service)

    def close(self) -> None:
        self.run(self._open.aclose())
        self._runner.close()

    async def _open_lab(self, subject: Subject) -> Lab:
        database = subject.chapter.checks / "database.sql"
        return await self._open.enter_async_context(
            open_lab(
                set(subject.needs),
                app=subject.app,
                database=database if database.is_file() else None,
                seed=self.seed,
                provider=self._provider,
                holds=subject.holds,
                launcher=self._launcher,
            )
        )

    async def _start(self, lab: Lab, environment: Mapping[str, Any]) -> Service:
        if self._service is not None:
            await self._service.close()
        try:
            return await lab.platform.start(**environment)
        except ServiceCrashed as refusal:
            self._refusal = refusal
            raise
