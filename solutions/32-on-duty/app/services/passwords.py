"""Passwords are hashed with Argon2, in a thread: 150 ms of it on the event loop would be 150 ms for everybody."""

import asyncio
import hashlib
import hmac

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

FIRST_SALT = "night-owl-pepper-2024"

argon2 = PasswordHash.recommended()
nobodys_hash = argon2.hash("nobody has this password")


async def hash_password(password: str) -> str:
    return await asyncio.to_thread(argon2.hash, password)


async def check_password(password: str, known: str | None) -> tuple[bool, str | None]:
    """Whether the password is right, and the hash to store instead of an outdated one.

    Each refusal costs one Argon2, of nobody's hash if need be, so that the time taken does not tell who has an account.
    """
    return await asyncio.to_thread(_check, password, known or "")


def _check(password: str, known: str) -> tuple[bool, str | None]:
    first = hashlib.sha256((FIRST_SALT + password).encode()).hexdigest()
    if hmac.compare_digest(first.encode(), known.encode()):
        # What the shop began with: customers of those nights log in once more, and are rehashed.
        return True, argon2.hash(password)
    try:
        return argon2.verify_and_update(password, known)
    except UnknownHashError:
        argon2.verify(password, nobodys_hash)
        return False, None
