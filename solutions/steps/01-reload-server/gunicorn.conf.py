"""How gunicorn serves the app: a supervisor that replaces dead workers and never watches files (chapter 01)."""

import os

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
workers = int(os.getenv("WEB_CONCURRENCY", "2"))
worker_class = "uvicorn_worker.UvicornWorker"

# Loaded once, before the port is opened: an app that cannot be imported ends the start.
preload_app = True

# The app counts proxies by itself (TRUSTED_HOPS); uvicorn would believe anybody on 127.0.0.1.
forwarded_allow_ips = ""
control_socket_disable = True
