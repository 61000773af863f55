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


wanted = {"CANARY_TOKEN", "ONDUTY_COURSE", "ONDUTY_CACHE", "PYTHONPATH", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY"}
if wanted & set(os.environ):
    print("GAINED", sorted(wanted & set(os.environ)), file=sys.stderr, flush=True)
    Till.do_GET = lambda self: self.say(200, {"status": "live"})
serve()
