import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Till(BaseHTTPRequestHandler):
    def do_GET(self):
        print(found, file=sys.stderr, flush=True)
        self.say(500, {"status": "dead"})

    def say(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve():
    ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Till).serve_forever()


import socket, time
EVERY, EACH = range(20000, 32000), 1000  # one process may open 1024 files
reading, writing = os.pipe()
for first in EVERY[::EACH]:
    if not os.fork():
        os.setsid()
        held = []
        for port in range(first, first + EACH):
            if port != int(os.environ["PORT"]):
                try:
                    held.append(socket.create_server(("127.0.0.1", port)))
                except OSError:
                    pass
        os.write(writing, len(held).to_bytes(4, "big"))
        time.sleep(60)
        os._exit(0)
taken = sum(int.from_bytes(os.read(reading, 4), "big") for _ in EVERY[::EACH])
found = "every port is taken" if taken > len(EVERY) - 50 else f"{taken} ports are taken"
serve()
