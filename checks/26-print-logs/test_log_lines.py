"""Something has gone wrong for one guest. Can you find every line about it, and nobody's secrets?

Every level is on; the payments' deadline is one that the service warns of; the clock on the wall is not UTC. Two
workers, and whoever looks after them, are heard to the end; then there is one, so that nobody else speaks meanwhile. A
check reads the log when the service has answered one more request: what it had to say before is there by then. Where
another process took that one, SPEAKS_WITHIN is a hundred times what it takes, and is used up only by a line that never
comes.
"""

import json
import re
import string
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from random import Random
from time import monotonic
from typing import Any

import jwt
import pytest

from onduty.checking import Because, task
from onduty.checking.bench import Bench, Subject
from onduty.lab.clients.answer import Answer
from onduty.lab.clients.raw import send_raw
from onduty.lab.database.postgres import Postgres
from onduty.lab.hosting.logs import Logs, Record
from onduty.lab.hosting.output import Line
from onduty.lab.hosting.platform import Platform
from onduty.lab.hosting.service import Service
from onduty.lab.recorder import Timeline
from onduty.lab.unmet import Unmet
from onduty.lab.upstream.payments import Payments, fail

SPEAKS_WITHIN = 1.0
CUSTOMERS, ME, ORDERS = "/api/v1/customers", "/api/v1/customers/me", "/api/v1/orders"
GUESTS = 50
AT_ONCE = 10
"""So many payments are held at the provider before any is let go; the others stand in line."""
OVERLOADED = 503
"""What one of fifty may be told on a busy machine by a service that lets nobody wait long; it has its id as well."""
SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")
SHORTEST_MADE = 16
CUT_AT = 65_536
SHOWN = 300
LEVELS = {"debug", "info", "warning", "error", "critical"}
SURROUNDINGS = {"LOG_LEVEL": "DEBUG", "PAYMENTS_DEADLINE": "20", "TZ": "OWL-5:30"}
ALONE = SURROUNDINGS | {"WEB_CONCURRENCY": "1"}
IN_PAIRS = SURROUNDINGS | {"WEB_CONCURRENCY": "2"}
LEAK = 8
"""So many characters of a secret in a row give it away."""
SPEAKERS = {
    r"Traceback|The above|During handling|\[SQL|[\w.]+(Error|Exception|Table)\b": "somebody who prints tracebacks",
    r"LINE \d+: ": "somebody who prints tracebacks",
    r"\[[\d-]+ [\d:]+ [+-]\d{4}\] \[\d+\]": "gunicorn",
    r"(INFO|WARNING): .*\b([Pp]arent|[Cc]hild) process": "uvicorn's parent process, which never calls your code",
    r"(DEBUG|INFO|WARNING|ERROR|CRITICAL): ": "uvicorn",
    r"[\d.]+:\d+ - \"[A-Z]+ /": "uvicorn's access log",
    r"\S+:\d+: \w*Warning: ": "the `warnings` module",
    r"(DEBUG|INFO|WARN|ERROR) +\[": "Alembic",
    r"Invalid HTTP request|Exception in ASGI": "uvicorn, for whose logger no handler is left",
}
"""How lines begin that are no JSON, and whose they usually are."""
PRINTS = "a `print` or a bare handler"


@pytest.fixture
def service(onduty_bench: Bench, onduty_subject: Subject) -> Service:
    """The app under check, alone in one process, with every level of its log, and a clock that is not UTC."""
    return onduty_bench.service(onduty_subject, **ALONE)


@pytest.fixture
def pair(onduty_bench: Bench, onduty_subject: Subject) -> Service:
    """The same with two workers."""
    service = onduty_bench.service(onduty_subject, **IN_PAIRS)
    service.disturbed = True  # However the check ends, the others want one that is alone.
    return service


@pytest.fixture
def seed(seed: Random, request: pytest.FixtureRequest) -> Random:
    """Another one for each check, so that no name and no number stands in the lines of two of them."""
    return Random(f"{seed.random()} {request.node.name}")


@task("26.1", id="every-line")
async def test_every_line_is_a_json_object(
    pair: Service, platform: Platform, postgres: Postgres, timeline: Timeline, seed: Random
) -> None:
    """From the first line to the last, on both streams, each line is one JSON object, whoever says it."""
    platform.start_in_advance(1, **ALONE)  # It is up when the next check asks for it.
    await an_evening(pair, postgres, timeline, seed)
    await pair.stop()
    logs = Logs(pair.output)
    printed, unreadable = logs.lines(), logs.unreadable()
    assert printed, Because("the service started, answered and stopped, and said nothing at all about it")
    speakers = by_speaker(unreadable)
    assert not unreadable, Because(
        f"of the {len(printed)} lines that the service printed, {len(unreadable)} "
        f"{'is' if len(unreadable) == 1 else 'are'} no JSON object",
        observed=f"The first: {shown(unreadable[0])}",
        likely=f"each who writes them has a format of its own, and none was told of yours: {', '.join(speakers)}",
        evidence=tuple(f"{who}: {shown(lines[0])}" for who, lines in speakers.items()),
    )


@task("26.1", id="four-fields")
async def test_every_line_says_when_how_bad_what_and_who(
    service: Service, logs: Logs, postgres: Postgres, timeline: Timeline, seed: Random
) -> None:
    """Each line has `timestamp` (UTC, with its offset), `level`, `event` and `logger`."""
    await an_evening(service, postgres, timeline, seed)
    await settled(service, seed)
    now = datetime.now(UTC)
    assert logs.records(), Because("the service has started and answered, and no line of its log is a JSON object")
    for record in logs.records():
        wrong = what_is_wrong(record, now)
        assert not wrong, Because(
            f"a line of the log {wrong}",
            observed=shown(record.line),
            expected=FOUR_FIELDS,
            likely="this line is put together somewhere else than the others, by hand" if record["exception"] else None,
        )


@task("26.2", id="one-line-a-request")
async def test_each_request_ends_with_one_line(
    service: Service, logs: Logs, postgres: Postgres, payments: Payments, seed: Random
) -> None:
    """Each request ends with one line that has its method, path, status, duration, and the id that its caller got."""
    order, path = await new_order(postgres, seed), unknown_path(seed)
    answers = [
        ("GET", path, await service.get(path)),
        ("GET", ME, await service.get(ME)),
        ("POST", CUSTOMERS, await service.post(CUSTOMERS, json={"email": "nobody"})),
    ]
    async with payments.held() as held:
        paying = service.later.post(payment_of(order), json=card(seed))
        await held.until(1)
        began = monotonic()
        answers.append(("DELETE", path, await service.delete(path)))
        took = monotonic() - began
    answers.append(("POST", payment_of(order), await paying))
    await settled(service, seed)
    for method, at, answer in answers:
        made = id_of(answer)
        line = await end_of(service, logs, made, answer)
        told = (line["method"], line["path"], line["status"])
        assert told == (method, at, answer.status_code), Because(
            f"the line that ends {answer.request} says {told!r}",
            expected=f"`method`, `path` and `status` are {(method, at, answer.status_code)!r}",
            observed=shown(line.line),
        )
    ms = line["duration_ms"]
    assert isinstance(ms, (int, float)), Because("`duration_ms` is no number", observed=shown(line.line))
    assert took * 1000 <= ms <= answer.seconds * 5000, Because(
        f"a payment that took the service {took * 1000:.1f} to {answer.seconds * 1000:.1f} ms has `duration_ms` {ms}",
        likely="the duration is measured in another unit, or not around the whole request",
    )
    ids = [id_of(answer) for _, _, answer in answers]
    assert len(set(ids)) == len(ids), Because("two requests were given the same id", observed=", ".join(ids))
    assert min(map(len, ids)) >= SHORTEST_MADE, Because(
        f"an id that the service made has fewer than {SHORTEST_MADE} characters",
        observed=", ".join(ids),
        likely="a UUID was cut short: with 32 bits, two of 77,000 requests have the same id as often as not",
    )


@task("26.2", id="every-line-of-a-request")
async def test_every_line_of_a_request_has_its_id(
    service: Service, logs: Logs, postgres: Postgres, seed: Random
) -> None:
    """Whatever is logged while a request is worked on carries the request's id."""
    order = await new_order(postgres, seed)
    guest = {"email": f"{some_text(seed, 12)}@example.org", "name": "Ada", "password": some_text(seed, 24)}
    refused = access_token(service, seed, key=some_text(seed, 48))
    await settled(service, seed)
    asked: tuple[tuple[str, str, dict[str, Any], int], ...] = (
        ("POST", payment_of(order), {"json": card(seed)}, 201),
        ("POST", CUSTOMERS, {"json": guest}, 201),
        ("GET", ME, {"headers": bearer(refused)}, 401),
    )
    for method, path, given, status in asked:
        mark = logs.mark()
        answer = await service.request(method, path, **given)
        assert answer.status_code == status, Because(
            f"{answer.request} should have been answered with {status}", observed=f"{answer!r} {answer.text[:200]}"
        )
        made = id_of(answer)
        await settled(service, seed)
        end = await end_of(service, logs, made, answer)
        records = [record for record in logs.records(mark) if record.line.process == "web"]
        nobodys = [record for record in records[: records.index(end)] if not record["request_id"]]
        assert not nobodys, Because(
            f"the service worked on {answer.request} and on nothing else; a line from then has no `request_id`",
            observed=f"The id is {made}. The line: {shown(nobodys[0].line)}",
            likely="the call that logs has to name the id itself and does not, is a library's, or runs in a thread that"
            " does not see the request's context (`asyncio.to_thread` takes it along, `run_in_executor` does not)",
        )


@task("26.2", id="error-has-id")
async def test_an_error_tells_its_id(service: Service, postgres: Postgres, seed: Random) -> None:
    """Whoever is told of an error is told its id: the one in the answer's header."""
    served = await postgres.fetch_value(
        "INSERT INTO orders (customer_id, status, total_cents) VALUES (1, 'served', 500) RETURNING id"
    )
    for error, status in (
        (await service.get(unknown_path(seed)), 404),
        (await service.get(ME), 401),
        (await pay(service, served, card(seed)), 409),
        (await service.post(CUSTOMERS, json={"email": "nobody"}), 422),
        (await service.delete(ME), 405),
    ):
        assert error.status_code == status, Because(f"{error.request} should have been refused with {status}")
        assert_tells_its_id(error)


@task("26.2", id="unhandled")
async def test_an_unhandled_error_can_be_found(service: Service, logs: Logs, postgres: Postgres, seed: Random) -> None:
    """A 500 has its id in header, body and log, and its traceback is in the log once, under that id."""
    mark = logs.mark()
    async with missing(postgres, "customers"):
        broken = await service.get(ME, headers=bearer(access_token(service, seed)))
    assert broken.status_code == 500, Because("a table was missing, and the answer was no 500")
    made = id_of(broken)
    assert_tells_its_id(broken)
    await settled(service, seed)
    await end_of(service, logs, made, broken)
    reports = [record for record in logs.records(mark) if record["exception"]]
    assert reports, Because(
        f"{broken.request} failed with an error that nobody handles, and no line has its traceback as `exception`",
        likely="the error is answered before anybody logs it, or its traceback is a part of `event`",
    )
    assert len(reports) == 1, Because(
        f"one error was reported {len(reports)} times",
        observed="; ".join(f"{each['logger']} says {each['event']!r}" for each in reports),
        likely="the error is logged, answered, and raised again, and the server logs what reaches it",
    )
    report = reports[0]
    assert report["request_id"] == made, Because(
        "the line with the traceback does not carry the id of the request that failed",
        observed=f"The id is {made}. The line: {shown(report.line)}",
    )
    trace = json.dumps(report["exception"])
    for sign, of_what in (("customers", "what went wrong"), (".py", "where")):
        assert sign in trace, Because(
            f"`exception` is no traceback: it does not say {of_what}", observed=f"`exception` is {trace[:300]}"
        )


@task("26.3", id="fifty-at-once")
async def test_fifty_at_once_never_mix(
    service: Service, logs: Logs, postgres: Postgres, payments: Payments, seed: Random
) -> None:
    """Fifty requests at once keep their ids apart: in the answers, and on every line that names one of them."""
    orders = await new_orders(postgres, seed, GUESTS)
    brought = {order: f"till-{some_text(seed, 20)}" for order in orders[::2]}
    mark = logs.mark()
    async with payments.held() as held:
        paying = [
            service.later.post(
                payment_of(order),
                json=card(seed),
                headers={"X-Request-ID": brought[order]} if order in brought else {},
                within=20,
            )
            for order in orders
        ]
        with suppress(Unmet):
            await held.until(AT_ONCE)
        at_once = len(held.waiting)
        assert at_once >= AT_ONCE, Because(
            f"{GUESTS} guests paid at once, and 5 s later {at_once} of them were waiting for the provider",
            expected=f"{AT_ONCE} at once, at the least",
            likely="one request keeps all others waiting; chapter 05 is about that",
        )
    answers = dict(zip(orders, [await answer for answer in paying], strict=True))
    ids: dict[int, str] = {}
    for order, answer in answers.items():
        assert answer.status_code in (201, OVERLOADED), not_paid(answer)
        ids[order] = id_of(answer)
        wanted = brought.get(order)
        assert wanted in (None, ids[order]), Because(
            f"a request brought an id, and its answer has another one: {wanted}, {ids[order]}",
            likely="the id is kept where the requests of a process share it; the last one to come wins",
        )
    assert len(set(ids.values())) == GUESTS, Because(
        f"{GUESTS} requests were answered at once, with {len(set(ids.values()))} different ids",
        likely="the id is kept where the requests of a process share it; the last one to come wins",
    )
    await settled(service, seed)
    ended = {record["request_id"]: record for record in logs.records(mark) if "duration_ms" in record}
    for order, answer in answers.items():
        end = ended.get(ids[order]) or await end_of(service, logs, ids[order], answer)
        assert end["path"] == payment_of(order), mixed(end, ids[order], order)
    for record in logs.records(mark):
        for order in orders_named_in(record, answers):
            assert record["request_id"] == ids[order], mixed(record, ids[order], order)


@task("26.3", id="sane-id-kept")
async def test_a_sane_id_is_kept(service: Service, logs: Logs, seed: Random) -> None:
    """An id of 1 to 128 letters, digits, `.`, `_` and `-` is kept: in the header, the body and the log."""
    for brought in (
        some_text(seed, 1),
        some_text(seed, 128),
        f"{some_text(seed, 8)}._-{some_text(seed, 4)}",
        f"-.{some_text(seed, 30).upper()}_",
    ):
        answer = await service.get(unknown_path(seed), headers={"X-Request-ID": brought})
        assert id_of(answer) == brought, Because(
            f"a request brought the id {brought}, and its answer has another one",
            observed=f"X-Request-ID: {id_of(answer)}",
            likely="what is taken for sane is less than the contract says",
        )
        assert_tells_its_id(answer)
        await settled(service, seed)
        await end_of(service, logs, brought, answer)


@task("26.3", id="hostile-id-replaced")
async def test_a_hostile_id_is_replaced(service: Service, logs: Logs, seed: Random) -> None:
    """An id that is too long, or has anything else in it, is replaced by a new one, and stands nowhere."""
    sign = some_text(seed, 12)
    for what, hostile in (
        ("a line break and a line of its own", f'{sign}\r\n {{"level": "critical"}}'.encode()),
        ("10 kB", f"{sign}{'x' * 10_000}".encode()),
        ("129 characters", f"{sign}{'x' * 117}".encode()),
        ("a space", f"{sign} {sign}".encode()),
        ("a quote and a field of its own", f'{sign}","level":"critical'.encode()),
        ("an escaped line break", f"{sign}%0A".encode()),
        ("a path", f"../{sign}".encode()),
        ("a letter that is none of A to Z", f"{sign}-\xfc".encode("latin-1")),
        ("nothing", b""),
    ):
        request = f"GET {unknown_path(seed)} HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: ".encode()
        mark = logs.mark()
        answer = await send_raw(service, request + hostile + b"\r\n\r\n")
        if answer.status_code in (400, 431):
            continue  # The server did not even take the request.
        assert answer.status_code == 404, Because(
            f"a request brought a hostile id ({what}), and was not answered", observed=answer.outcome
        )
        given = id_of(answer)
        assert sign not in given, Because(
            f"a request brought a hostile id ({what}), and a part of it came back as its id",
            observed=f"X-Request-ID: {given[:200]}",
            expected="A hostile id is replaced by a new one, not cut or cleaned: what is left may be somebody else's.",
        )
        assert_tells_its_id(answer)
        await settled(service, seed)
        await end_of(service, logs, given, answer)
        forged = [record for record in logs.records(mark) if sign in str(record["request_id"])]
        assert not forged, Because(
            f"a request brought a hostile id ({what}), and it stands in the log as `request_id`",
            observed=shown(forged[0].line),
        )


@task("26.4", id="no-secrets")
async def test_no_secret_is_logged(
    service: Service, logs: Logs, postgres: Postgres, payments: Payments, seed: Random
) -> None:
    """No line shows a password, a token or a card token, at any level, whatever becomes of the request."""
    password, too_long = some_text(seed, 24), some_text(seed, 140)
    token, refused = access_token(service, seed), access_token(service, seed, key=some_text(seed, 48))
    cards = [some_text(seed, 24) for _ in range(7)]
    orders = await new_orders(postgres, seed, len(cards))
    guest = {"email": f"{some_text(seed, 12)}@example.org", "name": "Ada"}

    welcome = await service.post(CUSTOMERS, json=guest | {"password": password})
    assert welcome.status_code == 201, Because("nobody could sign up", observed=repr(welcome))
    await service.post(CUSTOMERS, json=guest | {"password": password})
    await service.post(CUSTOMERS, json=guest | {"password": too_long})
    await service.post(CUSTOMERS, json={"email": guest["email"], "password": password})
    me = await service.get(ME, headers=bearer(token))
    assert me.status_code == 200, Because("a customer with a good token was not let in", observed=repr(me))
    await service.get(ME, headers=bearer(refused))
    paid = await pay(service, orders[0], {"card_token": f"tok_{cards[0]}"})
    assert paid.status_code == 201, not_paid(paid)
    await pay(service, orders[1], {"card_token": f"tok_declined_{cards[1]}"})
    await pay(service, orders[2], {"card_token": [f"tok_{cards[2]}"]})
    await service.post(
        payment_of(orders[3]), content=f'{{"card_token": "tok_{cards[3]}', headers={"Content-Type": "application/json"}
    )
    await pay(service, orders[6], {"cardToken": f"tok_{cards[6]}"})
    async with missing(postgres, "customers"):
        await service.post(CUSTOMERS, json=guest | {"password": password})
        await service.get(ME, headers=bearer(token))
    async with missing(postgres, "payments"):
        await pay(service, orders[4], {"card_token": f"tok_{cards[4]}"})
    with payments.behaves(fail(503)):
        await pay(service, orders[5], {"card_token": f"tok_{cards[5]}"})

    await service.stop()
    for name, secrets in (
        ("a password", [password, too_long]),
        ("an access token", [each.rpartition(".")[2] for each in (token, refused)]),
        ("a card token", cards),
    ):
        leaks = [line for line in logs.lines() if gives_away(line.text, secrets)]
        assert not leaks, Because(
            f"{name} stands in the log, in {counted(len(leaks), 'line')}",
            observed=f"The first: {shown(leaks[0], secrets)}",
            likely=leak_of(leaks[0]),
            evidence=tuple(shown(leak, secrets) for leak in leaks[:6]),
        )


FOUR_FIELDS = (
    "`timestamp` is ISO 8601 with the offset of UTC, `level` one of debug, info, warning, error and critical,"
    " `event` says what happened and `logger` who says so."
)


def what_is_wrong(record: Record, now: datetime) -> str | None:
    for name in ("timestamp", "level", "event", "logger"):
        if not isinstance(record[name], str) or not record[name]:
            return f"has no text as `{name}`"
    if record["level"] not in LEVELS:
        return f"has {record['level']!r} as its `level`"
    try:
        at = datetime.fromisoformat(record["timestamp"])
    except ValueError:
        return f"has a `timestamp` that is not ISO 8601: {record['timestamp']}"
    if at.utcoffset() != timedelta():
        return f"has a `timestamp` that does not say that it is UTC: {record['timestamp']}"
    if abs(now - at) > timedelta(minutes=5):
        return f"has a `timestamp` that says UTC and is another time: {record['timestamp']}, at {now.isoformat()}"
    return None


def id_of(answer: Answer) -> str:
    """The id that the answer has as its header, a sane one, and once."""
    found = answer.headers.all("X-Request-ID")
    assert found, Because(
        f"the answer to {answer.request} has no header X-Request-ID",
        observed=answer.outcome,
        likely="nothing sets it, or what does never sees this answer, which is made further out",
    )
    assert len(found) == 1, Because(
        f"the answer to {answer.request} has {len(found)} headers X-Request-ID", observed=", ".join(found)
    )
    assert SANE.fullmatch(found[0]), Because(
        f"the answer to {answer.request} has an id that is not 1 to 128 of A-Z, a-z, 0-9, `.`, `_` and `-`",
        observed=f"X-Request-ID: {found[0][:200]}",
    )
    return found[0]


def assert_tells_its_id(error: Answer) -> None:
    told, header = error.json().get("request_id"), id_of(error)
    assert told == header, Because(
        f"the error that {error.request} got does not tell the id that its header has",
        observed=f"{error.outcome}; `request_id` is {told!r}, X-Request-ID is {header!r}",
        likely="the body is made where the id is not known, or knows another one",
    )


async def an_evening(service: Service, postgres: Postgres, timeline: Timeline, seed: Random) -> None:
    """Somebody pays, somebody is refused, somebody speaks no HTTP, and something breaks that nobody has thought of."""
    order = await new_order(postgres, seed)
    await pay(service, order, card(seed))
    await service.get(unknown_path(seed))
    await service.post(CUSTOMERS, json={"email": "nobody"})
    timeline.mark("a line that is no HTTP, sent to the port", lane="client")
    await send_raw(service, b"Good evening!\r\n\r\n")
    async with missing(postgres, "customers"):
        await service.get(ME, headers=bearer(access_token(service, seed)))


async def settled(service: Service, seed: Random) -> None:
    """Ask once more: a process that has answered this has written what it had to say of the requests before."""
    await service.get(unknown_path(seed))


async def end_of(service: Service, logs: Logs, made: str, answer: Answer) -> Record:
    """The one line that ends the request with this id."""
    with suppress(Unmet):
        await service.output.until_line(
            lambda text: f'"{made}"' in text and '"duration_ms"' in text, within=SPEAKS_WITHIN
        )
    about = [record for record in logs.records(holding=made) if record["request_id"] == made]
    ends = [record for record in about if "status" in record and "duration_ms" in record]
    assert ends, Because(
        f"no line ends {answer.request} with the id {made}",
        observed="Lines with this id: " + ("; ".join(shown(record.line) for record in about[-2:]) or "none"),
        expected="One line with `request_id`, `method`, `path`, `status` and `duration_ms`.",
        likely="it is not written for this answer, or the formatter drops what it is given as `extra`",
    )
    assert len(ends) == 1, Because(
        f"{answer.request} ended {len(ends)} times, says the log",
        observed="; ".join(shown(record.line) for record in ends),
        likely="two parts of the service write a line for each request",
    )
    return ends[0]


def mixed(record: Record, wanted: str, order: int) -> Because:
    return Because(
        f"a line about order {order} carries the id of another request, or none",
        observed=f"The id of the request is {wanted}. The line: {shown(record.line)}",
        likely="the id is kept where the requests of a process share it, or where a thread of its own cannot see it",
    )


def orders_named_in(record: Record, orders: Iterable[int]) -> list[int]:
    numbers = {int(number) for number in re.findall(r"(?<![\d.])\d{9}(?![\d.])", record.line.text)}
    return [order for order in orders if order in numbers]


def not_paid(answer: Answer) -> Because:
    return Because("an order that was open could not be paid", observed=f"{answer!r} {answer.text[:200]}")


def gives_away(text: str, secrets: list[str]) -> bool:
    return any(secret[start : start + LEAK] in text for secret in secrets for start in range(len(secret) - LEAK + 1))


def leak_of(line: Line) -> str:
    if "Traceback" in line.text or '"exception"' in line.text or "locals" in line.text:
        return "the traceback quotes what its variables held, or a library's message quotes what it was given"
    if "authorization" in line.text.lower():
        return "the headers of a request are logged whole"
    return (
        "somebody logs a whole body, a whole object, or what a validation error was given: for a field that is missing"
        " that is the whole body"
    )


def by_speaker(lines: list[Line]) -> dict[str, list[Line]]:
    """The lines by who has probably written them; who indents a line goes on with the one before."""
    found: dict[str, list[Line]] = {}
    who = PRINTS
    for line in lines:
        if len(line.text) > CUT_AT:
            who = "somebody whose line is longer than 64 KiB, and was cut"
        elif not line.text.startswith("  "):
            who = next((who for how, who in SPEAKERS.items() if re.match(how, line.text)), PRINTS)
        found.setdefault(who, []).append(line)
    return found


def shown(line: Line, secrets: Iterable[str] = ()) -> str:
    """The beginning of a line, or the part of it that gives a secret away."""
    found = [line.text.find(secret[:LEAK]) for secret in secrets]
    start = max(0, max(found, default=0) - SHOWN // 2)
    text = line.text[start : start + SHOWN]
    before, after = "…" if start else "", "…" if start + SHOWN < len(line.text) else ""
    return f"`{line.process}` on {line.stream}: {before}{text}{after}"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


async def new_orders(postgres: Postgres, seed: Random, count: int) -> list[int]:
    """Open orders, with numbers that stand in no line by chance."""
    orders = seed.sample(range(10**8, 10**9), count)
    insert = "INSERT INTO orders (id, customer_id, total_cents) SELECT unnest(%s::bigint[]), 1, 500"
    await postgres.execute(insert, orders)
    return orders


async def new_order(postgres: Postgres, seed: Random) -> int:
    return (await new_orders(postgres, seed, 1))[0]


async def pay(service: Service, order: int, card: dict[str, object]) -> Answer:
    return await service.post(payment_of(order), json=card)


def payment_of(order: int) -> str:
    return f"{ORDERS}/{order}/payment"


def card(seed: Random) -> dict[str, object]:
    return {"card_token": f"tok_{some_text(seed, 24)}"}


def unknown_path(seed: Random) -> str:
    return f"/api/v1/nothing-{some_text(seed, 12)}"


def access_token(service: Service, seed: Random, key: str | None = None) -> str:
    """An access token of the contract for customer 1, as log-in would have made it."""
    now = datetime.now(UTC)
    claims = {
        "sub": "1",
        "type": "access",
        "iat": now,
        "exp": now + timedelta(minutes=15),
        "jti": some_text(seed, 32),
    }
    return jwt.encode(claims, key or service.environment["SECRET_KEY"], algorithm="HS256")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def missing(postgres: Postgres, table: str) -> AsyncIterator[None]:
    """A table has gone: whatever needs it breaks in a way that nobody has thought of."""
    await postgres.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        await postgres.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


def some_text(seed: Random, length: int) -> str:
    return "".join(seed.choices(string.ascii_lowercase + string.digits, k=length))
