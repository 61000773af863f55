"""JWTs as the contract describes them; a refresh token's id names its family and itself."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import jwt

from app.errors import Unauthorized

ALGORITHM = "HS256"
CLAIMS = ["sub", "type", "iat", "exp", "jti"]

Kind = Literal["access", "refresh"]


@dataclass(frozen=True)
class Token:
    customer_id: int
    id: str


class TokenSigner:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    def sign(self, kind: Kind, customer_id: int, token_id: str, seconds: int) -> str:
        now = datetime.now(UTC)
        claims = {
            "sub": str(customer_id),
            "type": kind,
            "iat": now,
            "exp": now + timedelta(seconds=seconds),
            "jti": token_id,
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def read(self, kind: Kind, token: str) -> Token:
        """The token, if it is whole, in date, of this kind and ours; whatever is wrong with it looks the same."""
        try:
            claims = jwt.decode(token, self._secret, algorithms=[ALGORITHM], options={"require": CLAIMS})
            customer_id = int(claims["sub"])
        except (jwt.InvalidTokenError, ValueError) as error:
            raise Unauthorized from error
        if claims["type"] != kind:
            raise Unauthorized
        return Token(customer_id, claims["jti"])
