"""Around every request: its id, its numbers, and its one line in the log (chapter 26)."""

import re
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from app.metrics import Metrics

log = structlog.stdlib.get_logger(__name__)

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Observe:
    """`templates` gives each endpoint's path as it was written, so that a million orders are one time series."""

    def __init__(self, app: ASGIApp, metrics: Metrics, templates: Mapping[Any, str]) -> None:
        self._app = app
        self._metrics = metrics
        self._templates = templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if SANE_ID.fullmatch(given) else str(uuid4())
        # The next request of a connection begins in the context of the one before.
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        # What it is called if it is broken off before there is an answer.
        status, ended = 499, None

        async def send_observed(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)
            # Before the background tasks, which the client does not wait for.
            ended = time.perf_counter()

        self._metrics.in_progress += 1
        try:
            await self._app(scope, receive, send_observed)
        finally:
            self._metrics.in_progress -= 1
            seconds = (ended or time.perf_counter()) - started
            method, path = scope["method"], scope["path"]
            route = self._templates.get(scope.get("endpoint"), "unmatched")
            self._metrics.request(method, route, status, seconds)
            log.info("request", method=method, path=path, status=status, duration_ms=round(seconds * 1000, 1))
