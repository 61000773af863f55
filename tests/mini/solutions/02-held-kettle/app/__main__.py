"""Listens where the platform says."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.payments import payment_of


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


ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Till).serve_forever()
