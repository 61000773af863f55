"""How gunicorn serves the app; chapter 01 says why."""

import os

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "uvicorn_worker.UvicornWorker"
workers = 6
graceful_timeout = 8
