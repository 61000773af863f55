"""How gunicorn serves the app; chapter 01 says why."""

import os

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "uvicorn_worker.UvicornWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# The app is loaded, and its settings read, before the port opens; chapter 02 says why.
preload_app = True
# Three quarters of the usual ten seconds.
graceful_timeout = 7
