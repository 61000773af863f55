"""How gunicorn serves the app; chapter 01 says why."""

import os

from app.settings import load_settings

# gunicorn opens the port first and loads the app afterwards, in its workers. This file it reads before.
load_settings()

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "uvicorn_worker.UvicornWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
graceful_timeout = 8
