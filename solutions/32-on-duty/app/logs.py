"""One JSON object a line, whoever speaks: the app, gunicorn, uvicorn, a library, a warning, a crash (chapter 26)."""

import logging
import logging.config
import sys
from types import TracebackType
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

# What must not be written down, should anybody log it by name.
SECRET = frozenset({"password", "card_token", "access_token", "refresh_token", "authorization", "cookie"})
# They tell every call and every byte; ours are told by those who make them.
TALKATIVE = ("httpx", "httpcore", "asyncio")


def mask_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for name in SECRET.intersection(event):
        event[name] = "**********"
    # uvicorn's own event once more, with colours.
    event.pop("color_message", None)
    return event


COMMON: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    mask_secrets,
)
TO_JSON: tuple[Processor, ...] = (
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(),
)


def logging_config(level: str) -> dict[str, Any]:
    """The standard library's logging; gunicorn's and uvicorn's loggers are named, or they would keep their handlers."""
    ours: dict[str, Any] = {"handlers": ["stdout"], "propagate": False, "level": level}
    # `Observe` writes the one line that ends a request.
    silent: dict[str, Any] = {"handlers": [], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": TO_JSON,
                "foreign_pre_chain": (structlog.stdlib.ExtraAdder(), *COMMON),
            }
        },
        "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            **dict.fromkeys(("gunicorn.error", "uvicorn", "uvicorn.error"), ours),
            **dict.fromkeys(("gunicorn.access", "uvicorn.access"), silent),
            **{name: {"level": "WARNING"} for name in TALKATIVE},
        },
    }


def configure_logging(level: str) -> None:
    logging.config.dictConfig(logging_config(level))
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *COMMON,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sys.excepthook = log_crash


def log_crash(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
    else:
        logging.getLogger("app").critical("The process crashed.", exc_info=(kind, error, traceback))
