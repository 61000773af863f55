"""Night Owl Coffee: the menu, the orders, and the nightly report."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError

from app import health, menu, orders, reports
from app.database import open_database
from app.settings import Settings


async def try_again(_: Request, error: OperationalError) -> JSONResponse:
    return JSONResponse({"title": "Service Unavailable", "status": 503}, 503, {"Retry-After": "1"})


def create_app() -> FastAPI:
    settings = Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_database(str(settings.database_url.get_secret_value())) as sessions:
            app.state.sessions = sessions
            yield

    app = FastAPI(title="Night Owl Coffee", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.exception_handler(OperationalError)(try_again)
    api = APIRouter(prefix="/api/v1")
    for router in (menu.router, orders.router, reports.router):
        api.include_router(router)
    app.include_router(api)
    app.include_router(health.router)
    return app
