"""How gunicorn serves the app: a supervisor that replaces dead workers and never watches files (chapter 01)."""

from app.settings import load_settings
from uvicorn_worker import UvicornWorker

# Read here, before the port is opened: a bad environment ends the start instead of every worker's boot (chapter 02).
_settings = load_settings()


class Worker(UvicornWorker):
    """Cancels what is still running when its time is over, so that it lets go of what it holds."""

    CONFIG_KWARGS = UvicornWorker.CONFIG_KWARGS | {"timeout_graceful_shutdown": _settings.finish_seconds}


bind = f"{_settings.host}:{_settings.port}"
workers = _settings.web_concurrency
worker_class = Worker

# A worker that has not beaten for so long is stuck, and is replaced. It is no limit on a request.
timeout = 30
# After SIGTERM a worker drains, finishes and closes (chapter 20); one that does not end by then is killed, a little
# before the platform kills everybody.
graceful_timeout = _settings.graceful_seconds

# The app counts proxies by itself (TRUSTED_HOPS); uvicorn would believe anybody on 127.0.0.1.
forwarded_allow_ips = ""
control_socket_disable = True
