"""Around every request: its id, its one line in the log, and an answer when the app has none."""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

from fastapi import Request, Response

from app.logs import request_id

log = logging.getLogger(__name__)

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


async def log_request(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    given = request.headers.get("X-Request-ID", "")
    current = given if SANE_ID.fullmatch(given) else str(uuid4())
    request_id.set(current)
    started = time.perf_counter()
    response = await call_next(request)
    response.headers["X-Request-ID"] = current
    log.info(
        "request finished",
        extra={
            "method": request.method,
            "path": request.url.path,
            "status": response.status_code,
            "duration_ms": round((time.perf_counter() - started) * 1000, 1),
        },
    )
    return response
