"""What a client carries for us comes back unchanged, or is not believed."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

import jwt
import pytest
from app.errors import Invalid, Unauthorized
from app.services.cursors import Cursors
from app.services.tokens import TokenSigner

KEY, OTHER_KEY = "a" * 40, "b" * 40
PLACE = datetime(2026, 3, 1, 22, 14, 3, 17, UTC), 41


def test_a_token_says_whose_it_is():
    signer = TokenSigner(KEY)
    token = signer.read("access", signer.sign("access", 7, "serial", 60))
    assert (token.customer_id, token.id) == (7, "serial")


@pytest.mark.parametrize(
    "token",
    [
        "not.a.token",
        TokenSigner(OTHER_KEY).sign("access", 7, "serial", 60),
        TokenSigner(KEY).sign("refresh", 7, "serial", 60),
        TokenSigner(KEY).sign("access", 7, "serial", -1),
        jwt.encode({"sub": "7", "type": "access", "iat": 0, "jti": "serial"}, KEY, algorithm="HS256"),
        jwt.encode({"sub": "7", "type": "access", "iat": 0, "exp": 2**40, "jti": "s"}, "", algorithm="none"),
        jwt.encode({"sub": "Ada", "type": "access", "iat": 0, "exp": 2**40, "jti": "s"}, KEY, algorithm="HS256"),
    ],
    ids=["no token", "another key", "another kind", "out of date", "no end", "unsigned", "nobody's"],
)
def test_any_other_token_is_refused_in_the_same_words(token):
    with pytest.raises(Unauthorized):
        TokenSigner(KEY).read("access", token)


def test_a_cursor_names_a_place_in_the_list():
    cursors = Cursors(KEY)
    assert cursors.read(cursors.after(*PLACE)) == PLACE


@pytest.mark.parametrize("cursor", ["", "20", "é", "%%%", "A" * 60, Cursors(OTHER_KEY).after(*PLACE)])
def test_a_cursor_of_somebody_else_is_refused(cursor):
    with pytest.raises(Invalid):
        Cursors(KEY).read(cursor)


def test_a_cursor_cannot_be_moved():
    cursors = Cursors(KEY)
    moved = urlsafe_b64decode(cursors.after(*PLACE)).replace(b"2026", b"2027")
    with pytest.raises(Invalid):
        cursors.read(urlsafe_b64encode(moved).decode())
