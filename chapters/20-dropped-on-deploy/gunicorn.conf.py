"""How gunicorn serves the app; chapter 01 says why."""

import os

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "uvicorn_worker.UvicornWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# The app is loaded, and its settings read, before the port opens; chapter 02 says why.
preload_app = True
# TODO(20.1): how long may the slowest request take?
# TODO(20.2): and how long does the platform wait?
# A deploy should be quick.
graceful_timeout = 1
