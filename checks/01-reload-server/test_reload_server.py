"""A process is killed, a file is saved, the platform says stop: whose requests are lost?

Requests are held by a lock in the database. Processes are frozen with SIGSTOP: a frozen one takes no connection, so
whoever takes one meanwhile is another. Nothing hangs on how the kernel spreads connections over the workers.
"""

import asyncio
import time
from asyncio import Task
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random

import psutil
import pytest

from onduty.checking import Because, task
from onduty.checking.bench import Bench, Subject
from onduty.lab.answer import Answer
from onduty.lab.postgres import Postgres
from onduty.lab.recorder import Timeline
from onduty.lab.service import Service
from onduty.lab.visitors import Connection, Later

WITHIN = 3.0
"""An answer takes a few milliseconds."""
AT_REST = 1.0
"""A worker that is starting uses the processor all the time; one that has started takes a connection in 0.05 s."""
ATTEMPTS = 16
"""With SO_REUSEPORT a frozen process still gets its share of new connections; all of them once in 2^16 times."""
STARTING = 0.05
"""Seconds of the processor: more than the servers use in a second of doing nothing."""
STARTS_WITHIN = 20.0
"""A worker needs 0.9 s to import the app."""
APPEARS_WITHIN = 3.0
"""After a death gunicorn has another worker in 0.05 s, uvicorn in 0.5 s."""
NOTICED_WITHIN = 2.3
"""watchfiles reports a change within 0.4 s. gunicorn's reloader looks once a second, and its ASGI worker hears of it a
second later at most: these two seconds pass on any machine."""
TURNS_AWAY_WITHIN = 1.5
"""Servers stop taking requests 0.1 to 0.6 s after SIGTERM; one that goes on is only waited for so long."""
GRACE = 4.0
"""Servers end 0.1 to 0.6 s after their last answer; the platform's 10 s would only make a wrong one take longer."""

NO_SUPERVISOR = "nothing keeps a second worker running; that is a supervisor's job, and a reloader is none"


@pytest.fixture
def service(onduty_bench: Bench, onduty_subject: Subject) -> Service:
    """The service on a platform that leaves the number of workers to it."""
    return onduty_bench.service(onduty_subject, WEB_CONCURRENCY=None)


@task("01.1", id="crash-is-survived")
async def test_a_crash_takes_no_other_request_along(service: Service, postgres: Postgres, seed: Random) -> None:
    """A process that is killed takes only its own requests along, and another one takes its place."""
    product = await new_product(postgres, seed)
    before = {process.pid for process in service.processes()}
    async with postgres.locked("products"):
        doomed = await hold(await service.connection(), product, postgres)
        with frozen(service, doomed.pid):
            connection = await another(service)
            assert connection is not None, Because(
                f"one process takes every request: while process {doomed.pid} was frozen, nobody took a new one; "
                "had it been killed, all of them would have been lost",
                observed="no other process took a connection, and none was on its way up",
                likely=NO_SUPERVISOR,
            )
            spared = await hold(connection, product, postgres, waiting=2)
        await kill(service, doomed.pid)
        alive = await service.get("/health/live", within=WITHIN)
        assert alive.status_code == 200, Because(
            f"process {doomed.pid} was killed, and nobody answered any more",
            likely="a worker's death stops the others, or the whole service starts anew",
        )
    answer = await spared.answer
    assert answer.status_code == 200, Because(
        f"process {doomed.pid} was killed, and a request that process {spared.pid} was working on was lost with it",
        likely="a worker's death stops the others, or the whole service starts anew",
    )
    assert answer.json()["name"] == product.name, wrong_body(answer)
    await until_replaced(service, doomed.pid, before)
    service.disturbed = False  # it is whole again


@task("01.2", id="save-goes-unnoticed")
async def test_a_save_is_a_save(service: Service, postgres: Postgres, timeline: Timeline, seed: Random) -> None:
    """A file that is saved on the host restarts nothing and keeps nobody waiting."""
    product = await new_product(postgres, seed)
    async with postgres.locked("products"):
        held = await hold(await service.connection(), product, postgres)
        before = {process.pid: process for process in service.processes()}
        service.disturbed = True
        timeline.mark("every source file saved", lane="you")
        report = await save_every_file(service, held)
        alive = await service.get("/health/live", within=WITHIN)
        assert alive.status_code == 200, Because(
            "files were saved while one request was waiting, and from then on nobody else was answered",
            observed=f"{alive!r}; the service said {report!r}" if report else None,
            likely="a reloader restarts the service when a file changes, and waits for the slowest request first",
        )
        assert not held.answer.done(), lost_by_a_save(await held.answer)
        assert report is None, Because(
            "files were saved on the host, and the service took notice",
            observed=f"it said {report!r}",
            likely="something still watches the files: a flag, a setting in a config file, a wrapper in the Procfile",
        )
        after = {process.pid: process for process in service.processes()}
        changed = [f"{process} ended" for process in before.values() if process.pid not in after]
        changed += [f"{process} is new" for process in after.values() if process.pid not in before]
        assert not changed, Because(
            "files were saved on the host, and processes of the service came or went",
            observed="; ".join(changed),
            likely="something restarts the workers when a file changes",
        )
        assert await takes_more(service, held.pid), Because(
            f"files were saved, and process {held.pid}, which was working on a request, takes no further ones",
            observed="no other process was new or gone; that one is about to leave",
            likely="something restarts the workers when a file changes, each as soon as it has no request left",
        )
    answer = await held.answer
    assert answer.status_code == 200, lost_by_a_save(answer)
    assert answer.json()["name"] == product.name, wrong_body(answer)
    service.disturbed = False


@task("01.3", id="several-workers")
async def test_another_process_answers(service: Service, postgres: Postgres, seed: Random) -> None:
    """Without WEB_CONCURRENCY there are two workers: while one process is frozen, another one answers."""
    product = await new_product(postgres, seed)
    first = await service.connection()
    with frozen(service, first.pid):
        second = await another(service)
        assert second is not None, Because(
            f"while process {first.pid} was frozen, nobody took a new connection",
            observed="no other process took one, and none was on its way up; WEB_CONCURRENCY was not set",
            likely="one process serves: without WEB_CONCURRENCY servers start one worker, and threads share its fate",
        )
        answer = await second.get(product.path)
        assert answer.status_code == 200, not_serving(answer)
        assert answer.json()["name"] == product.name, wrong_body(answer)


@task("01.4", id="stop-finishes-requests")
async def test_a_stop_finishes_what_was_begun(service: Service, postgres: Postgres, seed: Random) -> None:
    """When the platform sends SIGTERM, the requests that are being worked on get their answers, and nothing is left."""
    product = await new_product(postgres, seed)
    async with postgres.locked("products"):
        held = await hold(await service.connection(), product, postgres)
        stopping = asyncio.create_task(service.stop(GRACE))
        await until_it_turns_requests_away(service)
    answer = await held.answer
    ended = await stopping
    assert answer.status_code == 200, Because(
        "the platform sent SIGTERM while a request was waiting for the database, and the request was lost",
        observed=f"{answer!r}; the service {ended}",
        likely="the server is not given the time to finish, or something between it and the platform ends it at once",
    )
    assert answer.json()["name"] == product.name, wrong_body(answer)
    assert ended.clean, Because(
        "the platform sent SIGTERM, and the service did not end as it should",
        observed=f"the last request was answered; then the service {ended}",
        likely="SIGTERM does not reach the server: a shell or another wrapper in the Procfile's line keeps it",
    )


@dataclass(frozen=True)
class NewProduct:
    """A product that only this run knows."""

    path: str
    name: str


@dataclass(frozen=True)
class Held:
    """A request that waits in the database, and the process that works on it."""

    pid: int
    answer: Task[Answer]


async def new_product(postgres: Postgres, seed: Random) -> NewProduct:
    name = f"Night special {seed.randrange(10**6)}"
    number = await postgres.fetch_value(
        "INSERT INTO products (sku, name, price_cents, stock) VALUES (gen_random_uuid(), %s, %s, 9) RETURNING id",
        name,
        seed.randrange(100, 900),
    )
    return NewProduct(f"/api/v1/products/{number}", name)


async def hold(connection: Connection, product: NewProduct, postgres: Postgres, *, waiting: int = 1) -> Held:
    """Send a request that gets stuck in the database, as the n-th one."""
    request = Later(connection).get(product.path, within=30)
    stuck = asyncio.create_task(postgres.until_waiting(waiting))
    await asyncio.wait({request, stuck}, return_when=asyncio.FIRST_COMPLETED)
    if request.done():
        stuck.cancel()
        raise AssertionError(not_serving(await request))
    await stuck
    return Held(connection.pid, request)


async def takes_more(service: Service, pid: int) -> bool:
    """Freeze one after the other who takes a connection in its place, until this process does, or nobody."""
    others: set[int] = set()
    while True:
        with frozen(service, *others):
            connection = await another(service)
        if connection is None or connection.pid == pid:
            return connection is not None
        others.add(connection.pid)


@contextmanager
def frozen(service: Service, *pids: int) -> Iterator[None]:
    """Stop processes in their tracks; afterwards they go on, none the worse."""
    disturbed = service.disturbed
    for pid in pids:
        service.signal("STOP", pid)
    try:
        yield
    finally:
        for pid in pids:
            service.signal("CONT", pid)
        service.disturbed = disturbed


async def another(service: Service) -> Connection | None:
    """Connect to whoever takes a connection now; None when nobody does and no process is on its way up.

    It takes several attempts, since each may be a frozen process's share.
    """
    pending: set[Task[Connection]] = set()
    started = busy = time.monotonic()
    used = processor_seconds(service)
    try:
        while (now := time.monotonic()) - busy < AT_REST and now - started < STARTS_WITHIN:
            if len(pending) < ATTEMPTS:
                pending.add(asyncio.create_task(service.connection(within=STARTS_WITHIN)))
            pause = AT_REST / ATTEMPTS
            done, pending = await asyncio.wait(pending, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            for attempt in done:
                if attempt.exception() is None:
                    return attempt.result()
            if abs(processor_seconds(service) - used) > STARTING:
                busy, used = time.monotonic(), processor_seconds(service)
        return None
    finally:
        for attempt in pending:
            attempt.cancel()


def processor_seconds(service: Service) -> float:
    """What the living processes of the service have used of the processor."""
    used = 0.0
    for process in service.processes():
        with suppress(psutil.Error):
            times = psutil.Process(process.pid).cpu_times()
            used += times.user + times.system
    return used


async def kill(service: Service, pid: int) -> None:
    service.kill(pid)
    while any(process.pid == pid for process in service.processes()):
        await asyncio.sleep(0.01)


async def until_replaced(service: Service, killed: int, before: set[int]) -> None:
    """Wait until there is a process that was not there before; that it serves is seen when others are frozen."""
    started = time.monotonic()
    while all(process.pid in before for process in service.processes()):
        assert time.monotonic() - started < APPEARS_WITHIN, Because(
            f"process {killed} was killed, and no other took its place",
            observed=f"there was no new process {APPEARS_WITHIN:g} s later; the next crash would be the last",
            likely="whatever started the workers does not look after them",
        )
        await asyncio.sleep(0.02)


async def save_every_file(service: Service, held: Held) -> str | None:
    """Save the source files as an editor does; return what the service says about it, once that has had its effect."""
    printed = service.output.mark()
    files = [file for file in service.directory.rglob("*.py") if file.is_file()]
    for file in files:
        file.write_text(file.read_text() + "\n# looked at, not changed\n")
    names = {file.name for file in files} - {"__init__.py"}
    saved = time.monotonic()
    while time.monotonic() - saved < NOTICED_WITHIN and not held.answer.done():
        for line in service.output.since(printed):
            if any(name in line.text for name in names):
                await until_it_turns_requests_away(service)
                return line.text.strip()
        await asyncio.sleep(0.02)
    return None


async def until_it_turns_requests_away(service: Service) -> None:
    """Wait until a signal or a reloader has had its effect: nobody takes a request any more."""
    started = time.monotonic()
    while time.monotonic() - started < TURNS_AWAY_WITHIN:
        if (await service.get("/health/live", within=0.3)).status_code is None:
            return
        await asyncio.sleep(0.02)


def not_serving(answer: Answer) -> Because:
    return Because(
        f"the service is up, and {answer.request} is not answered as it should be",
        likely="server and app do not speak one language: FastAPI is ASGI, and gunicorn's default worker is WSGI",
    )


def lost_by_a_save(answer: Answer) -> Because:
    return Because(
        "a file was saved while a request was being worked on, and the request was lost",
        observed=repr(answer),
        likely="whatever watches the files ends the workers at once when one of them changes",
    )


def wrong_body(answer: Answer) -> Because:
    return Because(
        f"{answer.request} was answered with a body that does not match the database",
        observed=answer.text[:300],
        likely="something other than the server was changed",
    )
