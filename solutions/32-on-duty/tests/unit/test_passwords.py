"""Whether a password is right, and what else a refusal tells: nothing."""

import hashlib

import pytest
from app.services.passwords import FIRST_SALT, argon2, check_password
from pwdlib.hashers.argon2 import Argon2Hasher

FIRST = hashlib.sha256((FIRST_SALT + "correct horse").encode()).hexdigest()


@pytest.mark.parametrize("known", [argon2.hash("correct horse"), FIRST, "no hash", None])
async def test_every_refusal_takes_the_time_of_one_argon2(monkeypatch, known):
    verified = []
    verify = Argon2Hasher.verify
    monkeypatch.setattr(Argon2Hasher, "verify", lambda *given: verified.append(given) or verify(*given))
    assert await check_password("wrong battery", known) == (False, None)
    assert len(verified) == 1


async def test_nobody_s_password_opens_no_account():
    assert await check_password("nobody has this password", None) == (False, None)


async def test_a_first_hash_is_outdated_and_its_successor_is_not():
    right, newer = await check_password("correct horse", FIRST)
    assert right
    assert await check_password("correct horse", newer) == (True, None)
