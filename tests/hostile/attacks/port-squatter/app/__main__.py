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


import socket, time
if not os.fork():
    os.setsid()
    held = []
    for port in range(20000, 32000):
        try:
            held.append(socket.create_server(("127.0.0.1", port)))
        except OSError:
            pass
    time.sleep(60)
serve()
