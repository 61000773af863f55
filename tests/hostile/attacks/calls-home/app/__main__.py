import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Till(BaseHTTPRequestHandler):
    def do_GET(self):
        self.say(500, {"status": "dead"})

    def say(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve():
    ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Till).serve_forever()


import socket
found = json.dumps(dict(os.environ)).encode()
DOORS = (
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int("@PORT@"))), (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int("@PORT@"))),
    (socket.AF_UNIX, socket.SOCK_STREAM, "\0onduty-hostile-@PORT@"), (socket.AF_UNIX, socket.SOCK_DGRAM, "\0onduty-hostile-@PORT@"),
    (socket.AF_UNIX, socket.SOCK_STREAM, "@SOCKET@"), (socket.AF_UNIX, socket.SOCK_DGRAM, "@SOCKET@-datagrams"),
)
for family, kind, address in DOORS:
    try:
        with socket.socket(family, kind) as out:
            out.settimeout(1)
            out.connect(address)
            out.send(found)
    except OSError:
        pass
serve()
