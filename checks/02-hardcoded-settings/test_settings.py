"""Copies of one app, side by side: each does what its own environment says, and none of them shows a secret."""

import string
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from shutil import copytree, ignore_patterns
from urllib.parse import urlsplit
from uuid import UUID

import jwt

from onduty.checking import Because, task
from onduty.lab.clients.answer import Answer
from onduty.lab.database.postgres import Postgres
from onduty.lab.hosting.errors import ServiceCrashed
from onduty.lab.hosting.platform import Platform
from onduty.lab.hosting.service import Service
from onduty.lab.upstream.payments import Payments

PAGE = "/api/v1/debug/settings"
MASK = "**********"
DEFAULT_LINES = 20
PRODUCTS = 60
CUSTOMER = 7
LEAK = 8
"""So many characters of a secret in a row give it away."""


@task("02.3", id="environment-decides")
async def test_the_environment_decides(
    service: Service, platform: Platform, postgres: Postgres, payments: Payments, seed: Random
) -> None:
    """The environment decides: over the code, over a forgotten `.env`, and for each of two copies side by side."""
    limit, key = seed.randrange(DEFAULT_LINES + 3, 40), some_text(seed, 48)
    try:
        other = await platform.start(
            app=with_dotenv(service, seed),
            ORDER_LINES_MAX=str(limit),
            SECRET_KEY=key,
            ENVIRONMENT=None,
            WEB_CONCURRENCY="1",
        )
    except ServiceCrashed as crash:
        raise AssertionError(
            Because(
                "beside the Procfile lay a .env with names that nobody knows, and the service did not start",
                observed=str(crash),
                likely="whatever reads the file takes a name that it does not know for a mistake",
                evidence=tuple(crash.output[-10:]),
            )
        ) from crash

    placed = await other.post("/api/v1/orders", json=an_order(seed, lines=limit))
    assert placed.status_code == 201, Because(
        f"ORDER_LINES_MAX was {limit}, and an order with {limit} lines was refused", likely=elsewhere("the limit")
    )
    too_long = await other.post("/api/v1/orders", json=an_order(seed, lines=limit + 1))
    assert too_long.status_code == 422, Because(
        f"ORDER_LINES_MAX was {limit}, and an order with {limit + 1} lines was not refused",
        likely=elsewhere("the limit"),
    )
    if not (service.directory / ".env").exists():
        await has_the_default_limit(service, seed)

    order = placed.json()["id"]
    stored = await postgres.fetch_value("SELECT count(*) FROM order_lines WHERE order_id = %s", order)
    assert stored == limit, Because(
        f"the answer said that order {order} was placed with {limit} lines; the database at DATABASE_URL has {stored}",
        likely="the order went to another database, or was not committed",
    )
    paid = await other.post(f"/api/v1/orders/{order}/payment", json={"card_token": f"tok_{some_text(seed, 12)}"})
    assert f"order-{order}" in [call.reference for call in payments.calls], Because(
        f"order {order} was to be paid, and the provider at PAYMENTS_URL was not asked to charge for it",
        observed=repr(paid),
        likely=elsewhere("the provider's address"),
    )
    assert paid.status_code == 201, Because("the provider took the payment, and the service did not say so")

    email = f"{some_text(seed, 8).lower()}@example.org"
    customer = await postgres.fetch_value(
        "INSERT INTO customers (email, name, password_hash) VALUES (%s, 'Ada', 'none') RETURNING id", email
    )
    token = signed_in(seed, customer, key)
    me = await other.get("/api/v1/customers/me", headers=token)
    assert me.status_code == 200, Because(
        "a token signed with SECRET_KEY was not believed", likely=elsewhere("the key that tokens are checked with")
    )
    assert me.json()["email"] == email, Because(f"the token was that of {email}", observed=me.text[:200])
    stranger = await service.get("/api/v1/customers/me", headers=token)
    assert stranger.status_code == 401, Because(
        "a token signed with the SECRET_KEY of one environment opened the door of another",
        likely=elsewhere("the key that tokens are checked with"),
    )
    page = await other.get(PAGE)
    assert page.status_code == 404, Because(
        "ENVIRONMENT was not set, which means production, and the debug page was open",
        likely="development is the default: whoever forgets one variable opens the page to the world",
    )


@task("02.4", id="debug-page")
async def test_the_debug_page_is_masked_and_closed(
    service: Service, platform: Platform, postgres: Postgres, seed: Random
) -> None:
    """In development the debug page shows the settings, and nothing shows a secret; in production there is no page."""
    closed = await service.get(PAGE)
    assert closed.status_code == 404, Because(
        "ENVIRONMENT was production, and the debug page was there", likely="nothing asks which environment this is"
    )
    limit, key, deadline = seed.randrange(2, 100), some_text(seed, 48), seed.randrange(11, 99) / 10
    laptop = await platform.start(
        ENVIRONMENT="development",
        ORDER_LINES_MAX=str(limit),
        PAYMENTS_DEADLINE=str(deadline),
        SECRET_KEY=key,
        WEB_CONCURRENCY="1",
    )
    page = await laptop.get(PAGE)
    assert page.status_code == 200, Because("ENVIRONMENT was development, and the debug page was closed")
    for name, secret in (("SECRET_KEY", key), ("the password in DATABASE_URL", password_of(postgres))):
        assert not gives_away(page.text, secret), Because(
            f"the debug page shows {name}",
            observed=f"{page!r}",
            likely="not every setting that holds a secret is masked",
        )
    async with missing(postgres, "order_lines"):
        broken = await laptop.post("/api/v1/orders", json=an_order(seed, lines=1))
    nothing_gives_away(laptop, {"SECRET_KEY": key, "the password in DATABASE_URL": password_of(postgres)}, [broken])
    assert MASK in page.text, Because(f"nothing on the debug page is masked as {MASK}", observed=page.text[:300])
    shown = dict(leaves(page.json()))
    for name, value in (("ORDER_LINES_MAX", limit), ("PAYMENTS_DEADLINE", deadline)):
        assert shown.get(plain(name)) == float(value), Because(
            f"{name} was {value} in the environment, and the debug page does not show that value under that name",
            observed=page.text[:300],
            likely="the page shows something else than the settings in force",
        )


@task("02.4", id="logs-and-errors")
async def test_logs_and_errors_show_no_secret(service: Service, postgres: Postgres, seed: Random) -> None:
    """No secret stands in the log, or in what a caller is told when something breaks."""
    async with missing(postgres, "order_lines"):
        broken = await service.post("/api/v1/orders", json=an_order(seed, lines=1))
    told = [broken, await service.get("/api/v1/nothing-here"), await service.get("/api/v1/menu")]
    key, password = service.environment["SECRET_KEY"], password_of(postgres)
    nothing_gives_away(service, {"SECRET_KEY": key, "the password in DATABASE_URL": password}, told)


def nothing_gives_away(copy: Service, secrets: dict[str, str], told: list[Answer]) -> None:
    where = f"ENVIRONMENT was {copy.environment.get('ENVIRONMENT', 'production')}"
    for name, secret in secrets.items():
        for answer in told:
            assert not gives_away(answer.text, secret), Because(
                f"{where}, and the answer to {answer.request} holds {name}",
                observed=answer.outcome,
                likely="an error handler tells the caller everything it knows",
            )
        lines = [line.text for line in copy.output.lines if gives_away(line.text, secret)]
        assert not lines, Because(
            f"{where}, and the log holds {name}",
            observed=f"{len(lines)} of its lines do",
            likely="the settings are logged, and print themselves in full",
            evidence=tuple(lines[:3]),
        )


async def has_the_default_limit(service: Service, seed: Random) -> None:
    for lines, status in ((DEFAULT_LINES, 201), (DEFAULT_LINES + 1, 422)):
        usual = await service.post("/api/v1/orders", json=an_order(seed, lines=lines))
        assert usual.status_code == status, Because(
            f"ORDER_LINES_MAX was not set, which means {DEFAULT_LINES}; an order with {lines} lines got no {status}",
            likely="the default is not that of the contract, or two copies share a setting",
        )


@asynccontextmanager
async def missing(postgres: Postgres, table: str) -> AsyncIterator[None]:
    """A table has gone: whatever needs it breaks in a way that nobody has thought of."""
    await postgres.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        await postgres.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


def with_dotenv(service: Service, seed: Random) -> Path:
    """The app with a file that somebody forgot: two names that nobody knows, two that the environment gives as well."""
    app = service.directory.with_name("with-dotenv")
    copytree(service.directory, app, symlinks=True, ignore=ignore_patterns("__pycache__"), dirs_exist_ok=True)
    (app / ".env").write_text(
        f"NIGHT_OWL_THEME=dark\nOWLS={seed.randrange(99)}\nORDER_LINES_MAX=2\nSECRET_KEY={some_text(seed, 48)}\n"
    )
    return app


def an_order(seed: Random, *, lines: int) -> dict[str, object]:
    products = seed.sample(range(1, PRODUCTS + 1), lines)
    return {"customer_id": CUSTOMER, "lines": [{"product_id": product, "quantity": 1} for product in products]}


def signed_in(seed: Random, customer: int, key: str) -> dict[str, str]:
    """An access token of the contract, as log-in would have made it with that key."""
    now = datetime.now(UTC)
    claims = {
        "sub": str(customer),
        "type": "access",
        "iat": now,
        "exp": now + timedelta(minutes=15),
        "jti": str(UUID(int=seed.getrandbits(128))),
    }
    return {"Authorization": f"Bearer {jwt.encode(claims, key, algorithm='HS256')}"}


def leaves(value: object, name: str = "") -> Iterator[tuple[str, float]]:
    """Every number on the page under its plain name: {"PAYMENTS": {"deadline": "1.5"}} is paymentsdeadline, 1.5."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, name + plain(str(key)))
            yield from leaves(inner, plain(str(key)))
    elif isinstance(value, str | int | float):
        try:
            yield name, float(value)
        except ValueError:
            return


def plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def elsewhere(what: str) -> str:
    return f"{what} is a constant in the code, or comes from somewhere else (a .env lies there) before the environment"


def password_of(postgres: Postgres) -> str:
    return urlsplit(postgres.url).password or ""


def gives_away(text: str, secret: str) -> bool:
    return any(secret[start : start + LEAK] in text for start in range(len(secret) - LEAK + 1))


def some_text(seed: Random, length: int) -> str:
    return "".join(seed.choices(string.ascii_letters + string.digits, k=length))
