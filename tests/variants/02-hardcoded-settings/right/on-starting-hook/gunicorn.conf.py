"""How gunicorn serves the app; chapter 01 says why."""

import os
from typing import Any

from app.settings import load_settings

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "uvicorn_worker.UvicornWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
graceful_timeout = 8


def on_starting(server: Any) -> None:
    load_settings()
