"""How gunicorn serves the app; chapter 01 says why."""

import os

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "uvicorn_worker.UvicornWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
graceful_timeout = 8
# The app is loaded before the port opens, and a bad environment ends the start there.
preload_app = True
