"""Night Owl Coffee: the menu, and paying for an order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app import health, menu, orders, payments
from app.database import open_database
from app.errors import PaymentError, tell_the_caller
from app.provider import Provider
from app.settings import Settings


def create_app() -> FastAPI:
    settings = Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_database(str(settings.database_url.get_secret_value())) as sessions:
            app.state.sessions = sessions
            app.state.provider = Provider(str(settings.payments_url), settings.payments_deadline)
            yield

    app = FastAPI(title="Night Owl Coffee", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.exception_handler(PaymentError)(tell_the_caller)
    api = APIRouter(prefix="/api/v1")
    for router in (menu.router, orders.router, payments.router):
        api.include_router(router)
    app.include_router(api)
    app.include_router(health.router)
    return app
