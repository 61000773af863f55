"""How gunicorn serves the app: a supervisor that replaces dead workers and never watches files (chapter 01)."""

from app.settings import load_settings

# Read here, before the port is opened: a bad environment ends the start instead of every worker's boot (chapter 02).
_settings = load_settings()

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.web_concurrency
worker_class = "uvicorn_worker.UvicornWorker"

# Loaded once, before the port is opened: an app that cannot be imported ends the start.
preload_app = True

# The app counts proxies by itself (TRUSTED_HOPS); uvicorn would believe anybody on 127.0.0.1.
forwarded_allow_ips = ""
control_socket_disable = True
