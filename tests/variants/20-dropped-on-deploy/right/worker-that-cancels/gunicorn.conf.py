"""How gunicorn serves the app; chapter 01 says why."""

import os

from uvicorn_worker import UvicornWorker

grace = float(os.environ.get("GRACE_SECONDS", "10"))


class Worker(UvicornWorker):
    CONFIG_KWARGS = UvicornWorker.CONFIG_KWARGS | {"timeout_graceful_shutdown": grace * 0.4}


bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = Worker
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
preload_app = True
graceful_timeout = int(grace * 0.75)
