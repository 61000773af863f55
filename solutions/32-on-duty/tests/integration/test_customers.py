"""Accounts and sessions."""

import asyncio
import hashlib

import pytest
from app.errors import Conflict, TooManyAttempts, Unauthorized, Unavailable
from app.schemas.customers import LogIn, SignUp
from app.services import sessions
from app.services.passwords import FIRST_SALT

PASSWORD = "correct horse battery"


@pytest.fixture
async def ada(shop, counter):
    account = SignUp(email=f"Ada.{await counter.customer()}@example.org", name="Ada", password=PASSWORD)
    await shop.customers.sign_up(account)
    return account


def log_in(shop, ada, password=PASSWORD, client="10.0.0.1"):
    return shop.sessions.log_in(LogIn(email=ada.email.upper(), password=password), client + ada.email)


async def test_an_address_has_one_account_also_when_two_sign_up_at_once(shop, ada):
    again = ada.model_copy(update={"email": f"second.{ada.email}"})
    tries = [shop.customers.sign_up(account) for account in (again, again.model_copy(), ada)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 2


async def test_an_access_token_opens_the_own_page(shop, ada):
    tokens = await log_in(shop, ada)
    assert (await shop.sessions.customer_of(tokens.access_token)).email == ada.email


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_family(shop, ada):
    first = await log_in(shop, ada)
    second = await shop.sessions.refresh(first.refresh_token)
    with pytest.raises(Unauthorized):
        await shop.sessions.refresh(first.refresh_token)
    with pytest.raises(Unauthorized):
        await shop.sessions.refresh(second.refresh_token)


async def test_a_refresh_token_outlives_a_moment_without_the_database(shop, ada, monkeypatch):
    async def away(customer_id):
        raise Unavailable(f"The database does not tell of {customer_id}.")

    first = await log_in(shop, ada)
    with monkeypatch.context() as patch:
        patch.setattr(shop.customers, "read", away)
        with pytest.raises(Unavailable):
            await shop.sessions.refresh(first.refresh_token)
    await shop.sessions.refresh(first.refresh_token)


async def test_a_password_of_the_first_nights_still_works_and_is_rehashed(shop, ada, servers):
    old = hashlib.sha256((FIRST_SALT + PASSWORD).encode()).hexdigest()
    await servers.postgres.execute("UPDATE customers SET password_hash = %s WHERE email = %s", old, ada.email)
    await log_in(shop, ada)
    stored = await servers.postgres.fetch_value("SELECT password_hash FROM customers WHERE email = %s", ada.email)
    assert stored.startswith("$argon2id$")
    await log_in(shop, ada)


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE customers SET password_hash = 'another', name = 'Grace' WHERE email = %s",
        "DELETE FROM customers WHERE email = %s",
    ],
)
async def test_rehashing_takes_nothing_back_that_happened_meanwhile(shop, ada, servers, monkeypatch, meanwhile):
    async def rehash_slowly(*_):
        await servers.postgres.execute(meanwhile, ada.email)
        return True, "a newer hash of the old password"

    monkeypatch.setattr(sessions, "check_password", rehash_slowly)
    await log_in(shop, ada)
    stored = await servers.postgres.fetch("SELECT name, password_hash FROM customers WHERE email = %s", ada.email)
    assert stored in ([], [{"name": "Grace", "password_hash": "another"}])


async def test_guessing_passwords_is_slowed_down(shop, ada):
    for _ in range(10):
        with pytest.raises(Unauthorized):
            await log_in(shop, ada, "wrong password")
    with pytest.raises(TooManyAttempts):
        await log_in(shop, ada)
    await log_in(shop, ada, client="10.0.0.2")
