"""The payment provider's books: charges and refunds, as the contract describes them."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
Reply = tuple[int, Json]

DECLINED: Reply = (HTTPStatus.PAYMENT_REQUIRED, {"error": "card_declined"})
NOT_FOUND: Reply = (HTTPStatus.NOT_FOUND, {"error": "not_found"})
INVALID: Reply = (HTTPStatus.UNPROCESSABLE_ENTITY, {"error": "invalid_request"})


class Ledger:
    """Answers the provider's requests; every step is done at once, so that calls never interleave."""

    def __init__(self) -> None:
        self.charges: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self._first_replies: dict[str, Reply] = {}

    def reply(self, method: str, target: str, body: object, key: str | None = None) -> Reply:
        """Return status and body for a request; a POST with a key that was seen before gets its first reply again."""
        if method != "POST" or key is None:
            return self._reply(method, target, body)
        if key not in self._first_replies:
            self._first_replies[key] = self._reply(method, target, body)
        return self._first_replies[key]

    def reference(self, target: str, body: object) -> str | None:
        """Return the reference of the order that a request is about."""
        parts = urlsplit(target)
        charge_id: object = parts.path.removeprefix("/charges/")
        if isinstance(body, dict):
            if isinstance(body.get("reference"), str):
                return str(body["reference"])
            charge_id = body.get("charge_id", charge_id)
        if asked := parse_qs(parts.query).get("reference"):
            return asked[0]
        charge = self.charges.get(str(charge_id))
        return str(charge["reference"]) if charge else None

    def _reply(self, method: str, target: str, body: object) -> Reply:
        parts = urlsplit(target)
        match method, parts.path.strip("/").split("/"):
            case "POST", ["charges"]:
                return self._charge(body)
            case "GET", ["charges"]:
                wanted = parse_qs(parts.query).get("reference", [""])[0]
                return HTTPStatus.OK, {"items": [c for c in self.charges.values() if c["reference"] == wanted]}
            case "GET", ["charges", charge_id]:
                return (HTTPStatus.OK, self.charges[charge_id]) if charge_id in self.charges else NOT_FOUND
            case "POST", ["refunds"]:
                return self._refund(body)
        return NOT_FOUND

    def _charge(self, body: object) -> Reply:
        match body:
            case {"amount_cents": bool()}:
                return INVALID
            case {"amount_cents": int(amount), "card_token": str(card), "reference": str(reference)} if amount > 0:
                if card.startswith("tok_declined"):
                    return DECLINED
                charge_id = f"ch_{secrets.token_hex(8)}"
                charge = {"id": charge_id, "status": "succeeded", "amount_cents": amount, "reference": reference}
                self.charges[charge_id] = charge
                return HTTPStatus.CREATED, charge
        return INVALID

    def _refund(self, body: object) -> Reply:
        match body:
            case {"charge_id": str(charge_id)}:
                if charge_id not in self.charges:
                    return NOT_FOUND
                self.charges[charge_id] = self.charges[charge_id] | {"status": "refunded"}
                refund = {"id": f"re_{secrets.token_hex(8)}", "charge_id": charge_id, "status": "succeeded"}
                self.refunds[refund["id"]] = refund
                return HTTPStatus.CREATED, refund
        return INVALID
