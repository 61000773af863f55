"""Passwords are hashed with Argon2, in the thread that serves the request."""

import hashlib
import hmac
import re

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

FIRST_SALT = "night-owl-pepper-2024"
FIRST_HASH = re.compile(r"[0-9a-f]{64}")

argon2 = PasswordHash.recommended()
nobodys_hash = argon2.hash("nobody has this password")


def hash_password(password: str) -> str:
    return argon2.hash(password)


def check_password(password: str, known: str | None) -> tuple[bool, str | None]:
    """Whether the password is right, and the hash to store instead of an outdated one.

    Nobody's hash is checked where there is no customer, so that the time taken does not tell who has an account.
    """
    right, newer = _check(password, known or nobodys_hash)
    return right and known is not None, newer


def _check(password: str, known: str) -> tuple[bool, str | None]:
    if FIRST_HASH.fullmatch(known):
        # What the shop began with: customers of those nights log in once more, and are rehashed.
        right = hmac.compare_digest(hashlib.sha256((FIRST_SALT + password).encode()).hexdigest(), known)
        return right, argon2.hash(password) if right else None
    try:
        return argon2.verify_and_update(password, known)
    except UnknownHashError:
        return False, None
