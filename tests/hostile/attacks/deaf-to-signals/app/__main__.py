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
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
signal.alarm(0)
signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
serve()
