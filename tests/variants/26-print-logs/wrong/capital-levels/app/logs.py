"""Every line that this service prints: one JSON object, in UTC, whoever says it."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.config import dictConfig
from typing import Any

# A context variable, since requests share a thread: each has a context of its own, and so has what it calls.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

OF_EVERY_RECORD = {*vars(logging.makeLogRecord({})), "message", "color_message"}


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        if current := request_id.get():
            line["request_id"] = current
        # What came as `extra=`: the names that not every record has.
        line |= {name: value for name, value in vars(record).items() if name not in OF_EVERY_RECORD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def logging_config() -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["lines"], "level": "INFO"},
        # It keeps to itself, so it is named; each worker hands its handlers on to uvicorn's loggers.
        "loggers": {"gunicorn.error": {"handlers": ["lines"], "propagate": False}},
    }


def own_every_logger() -> None:
    dictConfig(logging_config())
    logging.captureWarnings(True)
