"""Six environments in which no start may succeed. Each is tried once; the checks read what came of them.

Nothing is timed: a start is watched until its process has ended, or the service answers. Three go on at once, which
keeps two cores busy; with all six, each would be slow on a busy machine.
"""

import asyncio
import re
import string
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from shutil import copytree, ignore_patterns
from urllib.parse import urlsplit

import pytest

from onduty.checking import Because, task
from onduty.lab.database.postgres import Postgres
from onduty.lab.hosting.attempt import Attempt, attempt
from onduty.lab.hosting.platform import Platform
from onduty.lab.hosting.service import Service
from onduty.lab.recorder import Timeline

LEAK = 8
"""So many characters of a secret in a row give it away; a message often shortens what it quotes."""

AT_ONCE = 3

REQUIRED = ("DATABASE_URL", "SECRET_KEY", "PAYMENTS_URL", "PAYMENTS_DEADLINE")


@dataclass(frozen=True)
class BadEnvironment:
    told: str
    bad: tuple[str, ...]
    changes: Mapping[str, str | None]
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Start:
    environment: BadEnvironment
    came_of_it: Attempt

    def because(self, happened: str, *, likely: str, observed: str = "", evidence: Sequence[str] = ()) -> Because:
        return Because(
            f"{self.environment.told}, and {happened}",
            observed=observed or self.came_of_it.outcome,
            likely=likely,
            evidence=tuple(evidence or self.came_of_it.printed[-10:]),
        )


BadStarts = Callable[..., Awaitable[list[Start]]]
_tried: dict[Platform, dict[str, Start]] = {}


@pytest.fixture
def bad_starts(service: Service, platform: Platform, postgres: Postgres, seed: Random, timeline: Timeline) -> BadStarts:
    """Start in the environments of these names, or in all. The service is up: in a good environment it does start."""
    environments = bad_environments(seed, password=urlsplit(postgres.url).password or "")

    async def starts(*names: str) -> list[Start]:
        if platform not in _tried:
            app = without_dotenv(service)
            places = asyncio.Semaphore(AT_ONCE)

            async def tried(changes: Mapping[str, str | None]) -> Attempt:
                async with places:
                    return await attempt(platform, app=app, **changes)

            came_of_it = await asyncio.gather(*(tried(each.changes) for each in environments.values()))
            _tried[platform] = dict(zip(environments, map(Start, environments.values(), came_of_it), strict=True))
        timeline.restart()
        wanted = [start for name, start in _tried[platform].items() if not names or name in names]
        for start in wanted:
            timeline.mark(f"start where {start.environment.told}", lane="process", outcome=start.came_of_it.outcome)
        return wanted

    return starts


@task("02.1", id="missing", limit=60)
async def test_a_missing_variable_stops_the_start(bad_starts: BadStarts) -> None:
    """A required variable that is missing stops the start, in development too."""
    for start in await bad_starts("missing"):
        must_be_refused(start)


@task("02.1", id="empty-or-placeholder", limit=60)
async def test_a_variable_without_a_value_stops_the_start(bad_starts: BadStarts) -> None:
    """A required variable that is empty, or a placeholder nobody filled in, stops the start."""
    for start in await bad_starts("empty", "placeholder"):
        must_be_refused(start)


@task("02.1", id="wrong-value", limit=60)
async def test_a_wrong_value_stops_the_start(bad_starts: BadStarts) -> None:
    """A variable that is not of its form, or out of its range, stops the start."""
    for start in await bad_starts("form", "range", "loose"):
        must_be_refused(start)


@task("02.1", id="before-the-port-opens", limit=60)
async def test_a_start_is_refused_before_the_port_opens(bad_starts: BadStarts) -> None:
    """A start that is refused never opens the port: an open port is what the platform takes for success."""
    for start in await bad_starts():
        assert not start.came_of_it.port_opened, start.because(
            "the port was open all the same",
            observed=f"the platform had begun to send traffic; {start.came_of_it.outcome}",
            likely="the server opens its port first and loads the app afterwards, in another process;"
            " the settings have to be read before that",
        )


@task("02.2", id="names-every-variable", limit=60)
async def test_the_message_names_every_bad_variable(bad_starts: BadStarts) -> None:
    """The message names every variable that is wrong, so that one look is enough to put all of them right."""
    for start in await bad_starts():
        must_be_refused(start)
        printed = "\n".join(start.came_of_it.printed)
        unnamed = [name for name in start.environment.bad if not re.search(rf"\b{name}\b", printed, re.IGNORECASE)]
        assert not unnamed, start.because(
            f"nothing that was printed names {' or '.join(unnamed)}",
            likely="the first problem ends the search for others, or nobody looks at this variable",
        )


@task("02.2", id="shows-no-secret", limit=60)
async def test_the_message_shows_no_secret(bad_starts: BadStarts) -> None:
    """The message shows no secret, not even a wrong one: many people read the log of a deploy."""
    for start in await bad_starts():
        lines = [line for line in start.came_of_it.printed if gives_away(line, start.environment.secrets)]
        assert not lines, start.because(
            "the log of the start shows a password or key, or a good part of one",
            likely="an error quotes the value that it refuses, or the settings print themselves",
            evidence=lines[:4],
        )
    for start in await bad_starts("form"):
        must_be_refused(start)


def must_be_refused(start: Start) -> None:
    assert start.came_of_it.answer is None, start.because(
        "the service started",
        observed=str(start.came_of_it.answer),
        likely="the value is read when a request needs it, or has a stand-in in the code, or is never checked",
    )
    assert start.came_of_it.exit_status is not None, start.because(
        "the service neither started nor ended",
        observed="its workers fail and are replaced, over and over; the platform never hears that the start has failed",
        likely="the settings are read only in the workers, and a worker that cannot load the app is always replaced",
    )
    assert start.came_of_it.exit_status != 0, start.because(
        "the start ended with exit status 0",
        observed="to a platform that means that all is well",
        likely="the problem is printed, and then the process ends as if it had done its work",
    )


def bad_environments(seed: Random, *, password: str) -> dict[str, BadEnvironment]:
    key, short, wrong_password = some_text(seed, 48), some_text(seed, 31), some_text(seed, 24)
    deadline = str(seed.randrange(31, 600))
    return {
        "missing": BadEnvironment(
            "none of the required variables was set", REQUIRED, dict.fromkeys(REQUIRED) | {"ENVIRONMENT": "development"}
        ),
        "empty": BadEnvironment("SECRET_KEY was empty", ("SECRET_KEY",), {"SECRET_KEY": ""}),
        "placeholder": BadEnvironment(
            "SECRET_KEY had the word changeme in it",
            ("SECRET_KEY",),
            {"SECRET_KEY": f"{some_text(seed, 16)}-changeme-{some_text(seed, 16)}"},
            secrets=(password,),
        ),
        "form": BadEnvironment(
            "DATABASE_URL began with mysql://, SECRET_KEY had 31 characters, PAYMENTS_URL was empty,"
            " PAYMENTS_DEADLINE was a word, and ORDER_LINES_MAX was 101",
            (*REQUIRED, "ORDER_LINES_MAX"),
            {
                "DATABASE_URL": f"mysql://app:{wrong_password}@127.0.0.1:3306/onduty",
                "SECRET_KEY": short,
                "PAYMENTS_URL": "",
                "PAYMENTS_DEADLINE": "soon",
                "ORDER_LINES_MAX": "101",
            },
            secrets=(wrong_password, short),
        ),
        "range": BadEnvironment(
            f"PAYMENTS_DEADLINE was {deadline}",
            ("PAYMENTS_DEADLINE",),
            {"PAYMENTS_DEADLINE": deadline, "SECRET_KEY": key},
            secrets=(password, key),
        ),
        "loose": BadEnvironment(
            "PAYMENTS_URL was the word somewhere, and PAYMENTS_DEADLINE was 0.01",
            ("PAYMENTS_URL", "PAYMENTS_DEADLINE"),
            {"PAYMENTS_URL": "somewhere", "PAYMENTS_DEADLINE": "0.01"},
        ),
    }


def without_dotenv(service: Service) -> Path:
    """The app as a deployment has it: what a .env gives on a developer's machine is not there."""
    app = service.directory.with_name("without-dotenv")
    copytree(service.directory, app, symlinks=True, ignore=ignore_patterns(".env", "__pycache__"), dirs_exist_ok=True)
    return app


def gives_away(text: str, secrets: tuple[str, ...]) -> bool:
    return any(secret[start : start + LEAK] in text for secret in secrets for start in range(len(secret) - LEAK + 1))


def some_text(seed: Random, length: int) -> str:
    return "".join(seed.choices(string.ascii_letters + string.digits, k=length))
