"""How gunicorn serves the app; chapter 01 says why."""

import os

from app.logs import logging_config

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "uvicorn_worker.UvicornWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
graceful_timeout = 8
# The app is loaded, and its settings read, before the port opens; chapter 02 says why.
preload_app = True
# gunicorn's own lines as well, from its first one on.
accesslog = "-"
logconfig_dict = logging_config()
