"""Around every request: its id, its one line in the log, and an answer when the app has none."""

import json
import logging
import re
import time
from traceback import format_exc
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import internal_error
from app.logs import request_id

log = logging.getLogger(__name__)

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


# Pure ASGI: what goes wrong further in arrives here as an exception, and the answer to it leaves through here.
class LogRequest:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        current = given if SANE_ID.fullmatch(given) else str(uuid4())
        request_id.set(current)
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = current
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            if status is not None:
                # Too late for another answer: the server hangs up, and writes this down under the same id.
                raise
            report = {"level": "ERROR", "event": "unhandled error", "request_id": current, "exception": format_exc()}
            print(json.dumps(report), flush=True)
            await internal_error()(scope, receive, send_with_id)
        finally:
            log.info(
                "request finished",
                extra={
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                },
            )
