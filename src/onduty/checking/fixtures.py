"""What a check may ask for by name."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onduty.checking.bench import Bench, Subject
    from onduty.lab import Lab
    from onduty.lab.cache.valkey import Valkey
    from onduty.lab.database.postgres import Postgres
    from onduty.lab.hosting.instances import Instances
    from onduty.lab.hosting.logs import Logs
    from onduty.lab.hosting.orchestrator import Orchestrator
    from onduty.lab.hosting.platform import Platform
    from onduty.lab.hosting.service import Service
    from onduty.lab.recorder import Timeline
    from onduty.lab.upstream.payments import Payments


@pytest.fixture
def lab(onduty_bench: Bench, onduty_subject: Subject) -> Lab:
    """The real servers under the service, and the platform that runs it."""
    return onduty_bench.lab(onduty_subject)


@pytest.fixture
def service(onduty_bench: Bench, onduty_subject: Subject) -> Service:
    """The app under check, running; shared by checks until one of them signals, kills or restarts it."""
    return onduty_bench.service(onduty_subject)


@pytest.fixture
def logs(service: Service) -> Logs:
    """What the service logs, one JSON object a line: its records, and the lines that are none."""
    from onduty.lab.hosting.logs import Logs

    return Logs(service.output)


@pytest.fixture
def platform(lab: Lab) -> Platform:
    """Starts further instances of the app: `await platform.start(ORDER_LINES_MAX="3")`."""
    return lab.platform


@pytest.fixture
def instances(onduty_bench: Bench, lab: Lab) -> Iterator[Instances]:
    """Several instances behind the platform's proxy: `start(2)`, ask `.proxy`, replace each by a new one in turn."""
    from onduty.lab.hosting.instances import Instances

    async def opened() -> Instances:
        return Instances(lab.platform, lab.timeline)

    several = onduty_bench.run(opened())
    yield several
    onduty_bench.run(several.close())


@pytest.fixture
def postgres(lab: Lab) -> Postgres:
    """The database: hold a table, count statements, end sessions, freeze it, read and write rows."""
    return lab.postgres


@pytest.fixture
def valkey(lab: Lab) -> Valkey:
    """The cache: pause its writes, stop it, start it again."""
    return lab.valkey


@pytest.fixture
def payments(lab: Lab) -> Payments:
    """The payment provider, which does what the check tells it to."""
    return lab.payments


@pytest.fixture
def orchestrator(lab: Lab) -> Orchestrator:
    """Probes liveness and readiness, and draws what a platform would do: restart, take out, leave alone."""
    from onduty.lab.hosting.orchestrator import Orchestrator

    return Orchestrator(lab.timeline)


@pytest.fixture
def timeline(lab: Lab) -> Timeline:
    """What happened when; a check may add a mark."""
    return lab.timeline


@pytest.fixture
def seed(onduty_bench: Bench) -> random.Random:
    """Names, numbers and secrets that differ from run to run and come back with the same seed."""
    return random.Random(onduty_bench.seed)
