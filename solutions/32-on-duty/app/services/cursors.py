"""Where the next page begins, signed, so that only a cursor of this service is believed (chapter 11)."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from app.errors import Invalid

SIGNATURE_BYTES = 16


class Cursors:
    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def after(self, placed_at: datetime, order_id: int) -> str:
        place = f"{placed_at.isoformat()} {order_id}".encode()
        return urlsafe_b64encode(self._sign(place) + place).decode()

    def read(self, cursor: str) -> tuple[datetime, int]:
        try:
            signed = urlsafe_b64decode(cursor)
        except ValueError:
            raise Invalid("The cursor is not one of this service.") from None
        signature, place = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(place)):
            raise Invalid("The cursor is not one of this service.")
        placed_at, order_id = place.decode().split()
        return datetime.fromisoformat(placed_at), int(order_id)

    def _sign(self, place: bytes) -> bytes:
        return hmac.digest(self._secret, b"cursor " + place, "sha256")[:SIGNATURE_BYTES]
