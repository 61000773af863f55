"""An answer when the app has none."""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import internal_error

log = structlog.stdlib.get_logger(__name__)


class AnswerUnhandled:
    """Inside CORS, so that a browser may read the error; not Starlette's own handler, which stands outside of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception:
            if begun or scope["type"] != "http":
                # Too late for another answer: the server breaks the connection off, and logs why.
                raise
            log.exception("A request failed.")
            await internal_error()(scope, receive, send)
