"""A process is killed, a file is saved, the platform says stop: whose requests are lost?

Requests are held by a lock in the database. Who else serves is seen by freezing the process that took a connection:
whoever takes one meanwhile is another.
"""

import asyncio
import re
from asyncio import Task
from dataclasses import dataclass
from random import Random

import pytest

from onduty.checking import Because, task
from onduty.checking.bench import Bench, Subject
from onduty.lab.clients.answer import Answer
from onduty.lab.clients.visitors import Connection, Later
from onduty.lab.database.postgres import Postgres
from onduty.lab.hosting.service import Service
from onduty.lab.hosting.workers import Workers
from onduty.lab.recorder import Timeline
from onduty.lab.until import until

APPEARS_WITHIN = 12.0
"""After a death gunicorn has another worker in 0.05 s, uvicorn in 0.5 s; or in 5.5 s, when it had just asked the frozen
one whether it is well: it gives an answer 5 s, also to the dead."""
NOTICED_WITHIN = 2.3
"""watchfiles reports a change within 0.4 s. gunicorn's reloader looks once a second, and its ASGI worker hears of it a
second later at most: these two seconds pass on any machine."""
TURNS_AWAY_WITHIN = 1.5
"""Servers stop taking requests 0.1 to 0.6 s after SIGTERM; one that goes on is only waited for so long."""
STILL_BUSY = 2.0
"""So much longer a request takes after SIGTERM. The contract gives it 5 s; a server that gives it 1 s loses it."""

NO_SUPERVISOR = "nothing keeps a second worker running; that is a supervisor's job, and a reloader is none"


@pytest.fixture
def service(onduty_bench: Bench, onduty_subject: Subject) -> Service:
    """The service on a platform that leaves the number of workers to it."""
    return onduty_bench.service(onduty_subject, WEB_CONCURRENCY=None)


@task("01.1", id="crash-is-survived", limit=60)
async def test_a_crash_takes_no_other_request_along(service: Service, postgres: Postgres, seed: Random) -> None:
    """A process that is killed takes only its own requests along, and another one takes its place."""
    workers, product = Workers(service), await new_product(postgres, seed)
    async with postgres.locked("products"):
        doomed = await hold(await connect(workers), product, postgres)
        async with workers.frozen(doomed.pid):
            connection = await workers.connection()
            assert connection is not None, Because(
                f"one process takes every request: while process {doomed.pid} was frozen, nobody took a new one; "
                "had it been killed, all of them would have been lost",
                observed="no other process took a connection, and none was on its way up",
                likely=NO_SUPERVISOR,
            )
            spared = await hold(connection, product, postgres, waiting=2)
        before = {process.pid for process in service.processes()}
        await workers.kill(doomed.pid)
        assert await workers.anybody_answers(), Because(
            f"process {doomed.pid} was killed, and nobody took a request any more",
            likely="a worker's death stops the others",
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
    workers, product = Workers(service), await new_product(postgres, seed)
    async with postgres.locked("products"):
        held = await hold(await connect(workers), product, postgres)
        before = {process.pid: process for process in service.processes()}
        service.disturbed = True
        timeline.mark("every source file saved", lane="you")
        report = await save_every_file(service, held)
        assert await workers.anybody_answers(), Because(
            "files were saved while one request was waiting, and from then on nobody took another one",
            observed=f"the service said {report!r}" if report else "the service said nothing about it",
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
    answer = await held.answer
    assert answer.status_code == 200, lost_by_a_save(answer)
    assert answer.json()["name"] == product.name, wrong_body(answer)
    assert await workers.takes_connections(held.pid), Because(
        f"files were saved, and process {held.pid}, which was working on a request, took no further ones",
        observed="no other process was new or gone; that one left",
        likely="something restarts the workers when a file changes, each as soon as it has no request left",
    )
    service.disturbed = False


@task("01.3", id="several-workers")
async def test_another_process_answers(service: Service, postgres: Postgres, seed: Random) -> None:
    """Without WEB_CONCURRENCY there are two workers: while one process is frozen, another one answers."""
    workers, product = Workers(service), await new_product(postgres, seed)
    first = await connect(workers)
    async with workers.frozen(first.pid):
        second = await workers.connection()
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
        held = await until_stuck(service.later.get(product.path, within=30), postgres)
        stopping = asyncio.create_task(service.stop())
        await asyncio.wait({held}, timeout=STILL_BUSY)
    answer = await held
    ended = await stopping
    assert answer.status_code == 200, Because(
        "the platform sent SIGTERM while a request was waiting for the database, and the request was lost",
        observed=f"it had {STILL_BUSY:g} s more to wait: {answer!r}; the service {ended}",
        likely="the server is not given the time to finish (a grace of a second?), or something between it and the"
        " platform ends it at once",
    )
    assert answer.json()["name"] == product.name, wrong_body(answer)
    assert ended.clean, Because(
        "the platform sent SIGTERM, and the service did not end as it should",
        observed=f"the last request was answered; the service {ended}",
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


async def connect(workers: Workers) -> Connection:
    connection = await workers.connection()
    assert connection is not None, Because(
        "the service is up, and nobody takes connections",
        observed="no process took one, and none was on its way up",
        likely="the processes that serve have ended or hang; the log says why",
    )
    return connection


async def hold(connection: Connection, product: NewProduct, postgres: Postgres, *, waiting: int = 1) -> Held:
    """Send a request on a connection, and wait until it is stuck in the database."""
    request = Later(connection).get(product.path, within=30)
    return Held(connection.pid, await until_stuck(request, postgres, waiting=waiting))


async def until_stuck(request: Task[Answer], postgres: Postgres, *, waiting: int = 1) -> Task[Answer]:
    """Wait until a request is the n-th one that is stuck in the database."""
    stuck = asyncio.create_task(postgres.until_waiting(waiting))
    await asyncio.wait({request, stuck}, return_when=asyncio.FIRST_COMPLETED)
    if request.done():
        stuck.cancel()
        raise AssertionError(not_serving(await request))
    await stuck
    return request


async def until_replaced(service: Service, killed: int, before: set[int]) -> None:
    """Wait until there is a process that was not there before; that it serves is seen when others are frozen."""
    replaced = await until(lambda: any(p.pid not in before for p in service.processes()), within=APPEARS_WITHIN)
    assert replaced, Because(
        f"process {killed} was killed, and no other took its place",
        observed=f"there was no new process {APPEARS_WITHIN:g} s later; the next crash would be the last",
        likely="whatever started the workers does not look after them",
    )


async def save_every_file(service: Service, held: Held) -> str | None:
    """Save the source files as an editor does; return what the service says about it, once that has had its effect.

    A worker that starts says what the others said when they started; that is no news.
    """
    known = {shape(line.text) for line in service.output.lines}
    printed = service.output.mark()
    files = [file for file in service.directory.rglob("*.py") if file.is_file()]
    for file in files:
        file.write_text(file.read_text() + "\n# looked at, not changed\n")
    names = [str(file.relative_to(service.directory)) for file in files]

    def news() -> list[str]:
        lines = [line.text for line in service.output.since(printed) if shape(line.text) not in known]
        return [line.strip() for line in lines if any(name in line for name in names)]

    await until(lambda: bool(news()) or held.answer.done(), within=NOTICED_WITHIN)
    if held.answer.done() or not news():
        return None
    await until_it_turns_requests_away(service)
    return news()[0]


def shape(line: str) -> str:
    """A line of the log without times and process ids."""
    return re.sub(r"\d+", "0", line)


async def until_it_turns_requests_away(service: Service) -> None:
    """Wait until a signal or a reloader has had its effect: nobody takes a request any more."""

    async def nobody_answers() -> bool:
        return (await service.get("/health/live", within=0.3)).status_code is None

    await until(nobody_answers, within=TURNS_AWAY_WITHIN)


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
