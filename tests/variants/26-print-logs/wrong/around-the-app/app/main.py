"""Night Owl Coffee: who our guests are, paying for an order, and what is written down about it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app import customers, payments
from app.database import open_database
from app.errors import add_error_handlers
from app.logs import own_every_logger
from app.provider import open_provider
from app.requests import LogRequest
from app.settings import Settings

log = logging.getLogger(__name__)


def create_app() -> LogRequest:
    # Before the settings are read: they may have something to say.
    own_every_logger()
    settings = Settings()
    logging.getLogger().setLevel(settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            open_database(str(settings.database_url.get_secret_value())) as sessions,
            open_provider(str(settings.payments_url), settings.payments_deadline) as provider,
        ):
            app.state.sessions = sessions
            app.state.provider = provider
            log.info("Night Owl Coffee is open")
            yield
            log.info("Night Owl Coffee is closed")

    app = FastAPI(title="Night Owl Coffee", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.settings = settings
    add_error_handlers(app)
    api = APIRouter(prefix="/api/v1")
    for router in (customers.router, payments.router):
        api.include_router(router)
    app.include_router(api)
    return LogRequest(app)
