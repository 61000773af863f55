"""Around every request: its id, its numbers, its line in the log, and an answer when the app has none."""

import logging
import re
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.context import request_id
from app.api.problems import internal_error
from app.metrics import Metrics

log = logging.getLogger(__name__)

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
        request_id.set(given if SANE_ID.fullmatch(given) else str(uuid4()))
        status = 0

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id.get()
            await send(message)

        started = time.perf_counter()
        self._metrics.in_progress += 1
        try:
            await self._app(scope, receive, send_observed)
        except Exception:
            log.exception("%s %s failed (request %s)", scope["method"], scope["path"], request_id.get())
            if status:
                raise
            await internal_error()(scope, receive, send_observed)
        finally:
            self._metrics.in_progress -= 1
            seconds = time.perf_counter() - started
            self._metrics.request(
                scope["method"], self._templates.get(scope.get("endpoint"), "unmatched"), status, seconds
            )
            log.info("%s %s %s %.0f ms", scope["method"], scope["path"], status, seconds * 1000)
