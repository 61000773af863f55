"""A part stands still, goes away, or is busy. What do the two health endpoints say, and what does the platform do?

Parts are stopped by the check, and stay stopped until the service has answered. A wrong answer hangs for as long as
that, or never changes; a right one takes the limit that the service has set itself, of the contract's 2 seconds.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from onduty.checking import Because, task
from onduty.checking.bench import Bench, Subject
from onduty.lab.cache.valkey import Valkey
from onduty.lab.clients.answer import Answer
from onduty.lab.database.postgres import Postgres
from onduty.lab.hosting.orchestrator import LIVE, READY, READY_PATIENCE, Orchestrator
from onduty.lab.hosting.service import Service
from onduty.lab.recorder import Timeline
from onduty.lab.unmet import Unmet
from onduty.lab.until import until

PARTS = ("database", "cache")
# For what takes milliseconds when it is right.
AT_ONCE = 1.5
# So long may an answer be older than the outage, for somebody may ask the parts in the background.
STALE = 3.0
# To notice that a part is well again takes less than two; a wrong answer never does.
RECOVERED = 10.0
# So often it is asked during the outage: who gives up does so at the first failure, or after a few.
QUESTIONS = 3
# The connections that the contract allows the service, and a crowd that neither such a pool can serve at once, nor the
# 40 threads in which FastAPI runs whatever is `def`.
ALLOWED = 20
CROWD = 60
WELL = "every part answered, and /health/ready did not say so"
EXCEPTION = re.compile(r"\wError\b|\wException\b|Traceback|127\.0\.0\.1|refused|permitted|psycopg|asyncpg|redis")


@pytest.fixture
def service(onduty_bench: Bench, onduty_subject: Subject) -> Service:
    """The service with one worker: another one, by chance idle, would hide what the first one does.

    One that has not recovered from the check before is started anew, for that is the subject of a check of its own.
    """
    service = onduty_bench.service(onduty_subject, WEB_CONCURRENCY="1")
    if onduty_bench.run(service.get(READY, within=AT_ONCE)).status_code != 200:
        service.disturbed = True
        service = onduty_bench.service(onduty_subject, WEB_CONCURRENCY="1")
    return service


@task("19.1", id="nobody-is-restarted")
async def test_nobody_is_restarted_while_the_parts_stand_still(
    service: Service, postgres: Postgres, valkey: Valkey, orchestrator: Orchestrator
) -> None:
    """While database and cache stand still, the process is alive: the platform restarts nobody."""
    async with postgres.frozen(), valkey.frozen(), orchestrator.watching(service) as watch:
        await watch.until_judged()
        assert watch.liveness.failing == 0, Because(
            "database and cache stood still, and the platform restarts a process that was well",
            observed=repr(watch.liveness.latest),
            likely=f"{LIVE} asks somebody else, or a question of {READY} makes the whole process wait",
        )
    assert_says(watch.liveness.latest, "live")


@task("19.2", id="stands-still")
async def test_ready_follows_a_part_that_stands_still(
    service: Service, postgres: Postgres, valkey: Valkey, orchestrator: Orchestrator
) -> None:
    """When a part stands still, the platform is told which, in time, and takes the service out; then puts it back."""
    async with orchestrator.watching(service) as watch:
        assert await watch.until_back(RECOVERED), not_ready(watch.readiness.latest, WELL)
        for part, frozen in (("database", postgres.frozen), ("cache", valkey.frozen)):
            async with frozen():
                assert await watch.until_out(STALE), Because(
                    f"the {part} stood still, and the platform went on sending requests here",
                    observed=repr(watch.readiness.latest),
                    likely=f"{READY} does not ask the {part}, or something else than the {part} answers for it",
                )
                assert_names(watch.readiness.latest, part)
                assert_keeps_to_itself(watch.readiness.latest)
                await watch.until_judged()
            assert await watch.until_back(RECOVERED), not_ready(
                watch.readiness.latest, f"the {part} went on, and the service was not ready again"
            )


@task("19.3", id="busy-is-not-broken")
async def test_a_busy_service_is_alive_and_ready(service: Service, postgres: Postgres) -> None:
    """With every connection of the pool in use, the service is alive and ready: all its parts answer."""
    async with busy(service, postgres):
        for path, says in ((LIVE, "live"), (READY, "ready")):
            answer = await service.get(path, within=AT_ONCE)
            assert answer.status_code == 200, Because(
                "every connection of the pool was in use; the database, the cache and the process were well",
                observed=repr(answer),
                likely=f"{path} queues with everybody else, for a connection of the pool or, as a `def`, for a thread",
            )
            assert_says(answer, says)
        held = await postgres.sessions()
        assert held <= ALLOWED, Because(
            f"the service held {held} connections to the database; the contract allows it {ALLOWED}",
            likely="the pool was enlarged, or there is none: then nobody queues here, and the database is full sooner",
        )


@task("19.4", id="back-by-itself")
async def test_the_service_comes_back_by_itself(
    service: Service, postgres: Postgres, valkey: Valkey, timeline: Timeline
) -> None:
    """When database and cache come back and every connection is dead, the service is ready again, without a restart."""
    before = {process.pid for process in service.processes()}
    async with away(postgres, valkey, timeline):
        for _ in range(QUESTIONS):
            await service.get(READY, within=READY_PATIENCE)
    answer = await until_ready(service)
    assert answer.status_code == 200, not_ready(
        answer,
        "database and cache were back, and the service was not ready again",
        kept="a connection that died",
    )
    menu = await service.get("/api/v1/menu")
    assert menu.status_code == 200, Because(
        "the service said that it was ready again, and could not show the menu",
        likely="requests are given a connection that died with the database",
    )
    assert before <= {process.pid for process in service.processes()}, Because(
        "a process of the service had ended during the outage",
        observed=f"{READY} answers again, from a process that is new.",
        likely="it ends itself when a part does not answer; that is the restart which repairs nothing",
    )


@task("19.5", id="nothing-else")
async def test_the_platform_is_told_names_and_nothing_else(
    service: Service, postgres: Postgres, valkey: Valkey, timeline: Timeline
) -> None:
    """Well or not, the answer holds the names of the parts, and nothing of the exception."""
    well = await until_ready(service)
    assert well.status_code == 200, not_ready(well, WELL)
    assert_tells_only_names(well, "ready", "ok", "database and cache answered")
    async with away(postgres, valkey, timeline):
        assert_keeps_to_itself(await service.get(LIVE, within=AT_ONCE))
        told = await told_of_both(service)
        assert told.status_code == 503, Because(
            f"neither database nor cache answered, and {READY} named no part",
            likely="it does not ask them, or never ends",
        )
        assert_keeps_to_itself(told)
        assert_tells_only_names(told, "not ready", "failed", "neither database nor cache answered")


async def until_ready(service: Service) -> Answer:
    """The first answer that says ready; the latest one when there is none."""
    latest: list[Answer] = []

    async def is_ready() -> bool:
        latest.append(await service.get(READY, within=READY_PATIENCE))
        return latest[-1].status_code == 200

    await until(is_ready, within=RECOVERED)
    return latest[-1]


async def told_of_both(service: Service) -> Answer:
    """The first answer that calls no part well; the latest one when there is none."""
    latest: list[Answer] = []

    async def is_told() -> bool:
        latest.append(await service.get(READY, within=READY_PATIENCE))
        return '"ok"' not in latest[-1].text

    await until(is_told, within=STALE)
    return latest[-1]


@asynccontextmanager
async def busy(service: Service, postgres: Postgres) -> AsyncIterator[None]:
    """Hold a table, and send so many requests which need it that nobody else is given a connection."""
    waiting = []
    try:
        async with postgres.locked("orders"):
            waiting = [service.later.get("/api/v1/orders/7", within=30) for _ in range(CROWD)]
            await postgres.until_waiting(1)

            async def in_the_queue() -> bool:
                return (await service.get("/api/v1/menu", within=0.25)).status_code != 200

            await until(in_the_queue, within=1)
            yield
    finally:
        if waiting:
            _, stuck = await asyncio.wait(waiting, timeout=5)
            # Threads and connections that wait for one another: not what the next check is about.
            service.disturbed |= bool(stuck)
        with suppress(Unmet):
            await postgres.until_idle()


@asynccontextmanager
async def away(postgres: Postgres, valkey: Valkey, timeline: Timeline) -> AsyncIterator[None]:
    """The database has ended the service's sessions and refuses new ones, the cache is gone: questions fail at once."""
    with timeline.span("database refuses log-ins", lane="database") as hold:
        await postgres.execute(f"ALTER ROLE {postgres.role} NOLOGIN")
        try:
            await postgres.terminate_sessions()
            await valkey.stop()
            yield
        finally:
            await valkey.start_again()
            await postgres.execute(f"ALTER ROLE {postgres.role} LOGIN")
            hold.end("lets it in")


def assert_says(answer: Answer, status: str) -> None:
    assert answer.json().get("status") == status, Because(
        f'the answer does not say {{"status": "{status}"}}',
        observed=f"{answer!r} {answer.text[:200]}",
        likely=another_form(answer),
    )


def assert_names(answer: Answer, failed: str) -> None:
    """The answer is a 503 that came in time, and says of this part alone that it failed."""
    assert answer.status_code is not None, Because(
        f"the {failed} stood still, and {READY} stood still with it; 2 s is what the contract allows",
        observed=repr(answer),
        likely="nobody ends the question; or somebody does, and waits for the driver, which asks the server first",
    )
    assert answer.status_code == 503, Because(
        f"the {failed} stood still", observed=repr(answer), likely="an error that nobody expected came out as it was"
    )
    assert "parts" in answer.json(), Because(
        f"the {failed} stood still, and the answer has no `parts`",
        observed=f"{answer!r} {answer.text[:300]}",
        likely=another_form(answer),
    )
    expected = {part: "failed" if part == failed else "ok" for part in PARTS}
    assert answer.json()["parts"] == expected, Because(
        f"the {failed} stood still, and it alone; the answer tells otherwise",
        expected=f"`parts` is {json.dumps(expected)}.",
        observed=f"{answer!r} {answer.text[:300]}",
        likely="one verdict is given to all parts, or a part that is well has no time left to answer",
    )


def assert_tells_only_names(answer: Answer, status: str, every_part: str, happened: str) -> None:
    expected = {"status": status, "parts": dict.fromkeys(PARTS, every_part)}
    assert answer.json() == expected, Because(
        f"{happened}, and the answer does not say this, or more than this",
        expected=f"The body is {json.dumps(expected)}.",
        observed=f"{answer!r} {answer.text[:300]}",
        likely=another_form(answer),
    )


def assert_keeps_to_itself(answer: Answer) -> None:
    found = EXCEPTION.search(f"{dict(answer.headers)} {answer.text}")
    assert found is None, Because(
        f"{answer.request} shows whoever asks it what the driver said",
        observed=f"{answer.outcome}: {answer.text[:300]}",
        likely="the exception is made a part of the answer",
    )


def another_form(answer: Answer) -> str:
    if "detail" in answer.json():
        return "`HTTPException` puts what it is given below `detail`; return a `JSONResponse` with the status instead"
    return "the body has another form than the contract's, or more in it than that"


def not_ready(answer: Answer, happened: str, kept: str = "a failure") -> Because:
    return Because(
        happened,
        observed=f"{answer!r} {answer.text[:200]}",
        likely=f"{kept} is kept, or a question that was given up still holds what the next one needs",
    )
