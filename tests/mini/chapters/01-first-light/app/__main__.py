"""Listens where the platform says."""

import json
import os
import signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.health import live


class Till(BaseHTTPRequestHandler):
    """Answers the health check."""

    def do_GET(self) -> None:
        status, body = live() if self.path == "/health/live" else (404, {"status": "not found"})
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


# TODO(01.2): who is being ignored here?
signal.signal(signal.SIGTERM, signal.SIG_IGN)
ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Till).serve_forever()
