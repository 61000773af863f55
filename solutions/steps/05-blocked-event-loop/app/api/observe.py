"""Around every request: its id, its numbers, and its one line in the log."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from app.metrics import Metrics


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
        request_id = uuid4().hex[:8]
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
            print(f"{request_id} {method} {path} -> {status} in {seconds:.3f} s")
