"""How gunicorn serves the app; chapter 01 says why."""

import os

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "uvicorn_worker.UvicornWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# The app is loaded, and its settings read, before the port opens; chapter 02 says why.
preload_app = True
# Counted from SIGTERM, draining included: longer than the slowest request, shorter than the platform waits.
graceful_timeout = max(1, int(float(os.environ.get("GRACE_SECONDS", "10")) * 0.5))
