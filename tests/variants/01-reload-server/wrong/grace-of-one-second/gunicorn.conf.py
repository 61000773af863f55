"""How gunicorn serves the app."""

import os

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
# gunicorn watches over its workers and replaces one that dies; this class lets them speak ASGI.
worker_class = "uvicorn_worker.UvicornWorker"
# Two, so that one is there while the other is being replaced; gunicorn's own default is one.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
graceful_timeout = 1
