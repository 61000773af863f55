"""How gunicorn serves the app; chapter 01 says why."""

import logging
import os

from gunicorn.glogging import Logger

from app.logs import own_every_logger

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "uvicorn_worker.UvicornWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
graceful_timeout = 8
# The app is loaded, and its settings read, before the port opens; chapter 02 says why.
preload_app = True


class RootLogger(Logger):
    """gunicorn's lines through the handler of the root logger."""

    def setup(self, cfg):
        own_every_logger()
        super().setup(cfg)
        self.error_log.handlers = logging.getLogger().handlers


logger_class = RootLogger
