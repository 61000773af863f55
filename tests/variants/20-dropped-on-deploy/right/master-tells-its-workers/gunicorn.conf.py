"""How gunicorn serves the app; chapter 01 says why."""

import os
import signal
import threading
from types import FrameType

from gunicorn.arbiter import Arbiter

SERVES_ON = 1.0

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "uvicorn_worker.UvicornWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# The app is loaded, and its settings read, before the port opens; chapter 02 says why.
preload_app = True
# Counted from the moment at which the master stops its workers, SERVES_ON after SIGTERM.
graceful_timeout = int(float(os.environ.get("GRACE_SECONDS", "10")) * 0.5)


def when_ready(_: Arbiter) -> None:
    from app.leaving import leaving

    stop = signal.getsignal(signal.SIGTERM)

    def begin(_: int, __: FrameType | None) -> None:
        leaving.value = 1
        signal.signal(signal.SIGTERM, stop)
        threading.Timer(SERVES_ON, os.kill, (os.getpid(), signal.SIGTERM)).start()

    signal.signal(signal.SIGTERM, begin)
