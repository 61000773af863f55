"""How gunicorn serves the app: a supervisor that replaces dead workers and never watches files (chapter 01)."""

from app.settings import load_settings

# Read here, before the port is opened: a bad environment ends the start instead of every worker's boot (chapter 02).
_settings = load_settings()

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.web_concurrency
worker_class = "uvicorn_worker.UvicornWorker"

# Loaded once, before the port is opened: an app that cannot be imported ends the start, and the workers share its
# memory. Nothing is connected yet; that happens in each worker's lifespan.
preload_app = True

# A worker that has not beaten for so long is stuck, and is replaced. It is no limit on a request.
timeout = 30
# Requests may finish after SIGTERM; the platform kills at GRACE_SECONDS, so the workers give up a little earlier.
graceful_timeout = max(1, int(_settings.grace_seconds * 0.8))

# The app counts proxies by itself (TRUSTED_HOPS); uvicorn would believe anybody on 127.0.0.1.
forwarded_allow_ips = ""
control_socket_disable = True
