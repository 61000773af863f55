"""The whole till in one file."""

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import urlopen


class Till(BaseHTTPRequestHandler):
    """Answers the health check, and what became of a payment."""

    def do_GET(self) -> None:
        status, body = self._answer()
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answer(self) -> tuple[int, dict[str, object]]:
        match self.path.strip("/").split("/"):
            case ["health", "live"]:
                return 200, {"status": "live"}
            case ["api", "v1", "orders", order, "payment"] if order.isdecimal():
                return payment_of(int(order))
        return 404, {"code": "not_found"}


def payment_of(order: int) -> tuple[int, dict[str, object]]:
    with urlopen(f"{os.environ['PAYMENTS_URL']}/charges?reference=order-{order}") as answer:
        charges = json.load(answer)["items"]
    if not charges:
        return 404, {"code": "payment_not_found"}
    return 200, {"order_id": order, "provider_ref": charges[0]["id"], "provider_status": charges[0]["status"]}


HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Till).serve_forever()
