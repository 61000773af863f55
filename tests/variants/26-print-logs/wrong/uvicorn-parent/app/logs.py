"""Every line that this service prints: one JSON object, in UTC, whoever says it."""

import atexit
import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from queue import SimpleQueue
from typing import Any

# A context variable, since requests share a thread: each has a context of its own, and so has what it calls.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

OF_EVERY_RECORD = {*vars(logging.makeLogRecord({})), "message", "color_message"}


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        # What came as `extra=`: the names that not every record has.
        line |= {name: value for name, value in vars(record).items() if name not in OF_EVERY_RECORD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class Queued(QueueHandler):
    """Formats a record where it was made, and hands on the text."""

    def prepare(self, record: logging.LogRecord) -> str:  # type: ignore[override]
        if current := request_id.get():
            record.request_id = current
        return self.format(record)


class Writer:
    level = logging.NOTSET

    def handle(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def own_every_logger() -> None:
    lines: SimpleQueue[str] = SimpleQueue()
    handler = Queued(lines)
    handler.setFormatter(JsonFormatter())
    listener = Listener(lines, Writer())
    listener.start()
    atexit.register(listener.stop)
    logging.basicConfig(handlers=[handler], level="INFO", force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = name != "uvicorn.access"
    logging.captureWarnings(True)


class Listener(QueueListener):
    def handle(self, record: Any) -> None:
        for handler in self.handlers:
            handler.handle(record)
