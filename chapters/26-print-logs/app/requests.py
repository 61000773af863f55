"""What is written down about each request."""

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from fastapi import Request, Response

log = logging.getLogger(__name__)


# TODO(26.2): does this see every answer? Send a request that breaks.
async def log_request(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    # TODO(26.4): which of these headers may everybody in the company read?
    print(f"[{datetime.now()}] {request.method} {request.url} {dict(request.headers)}")
    started = time.perf_counter()
    response = await call_next(request)
    seconds = time.perf_counter() - started
    log.info(
        "request finished",
        extra={
            "method": request.method,
            "path": request.url.path,
            "status": response.status_code,
            "duration_ms": round(seconds * 1000, 1),
        },
    )
    return response
