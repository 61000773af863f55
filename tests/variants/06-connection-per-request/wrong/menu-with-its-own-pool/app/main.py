"""Night Owl Coffee: the menu, the orders, and the nightly report."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app import health, menu, orders, reports
from app.database import open_database
from app.settings import Settings


def create_app() -> FastAPI:
    settings = Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        url = str(settings.database_url.get_secret_value())
        async with open_database(url) as sessions, open_database(url) as menu_sessions:
            app.state.sessions = sessions
            app.state.menu_sessions = menu_sessions
            yield

    app = FastAPI(title="Night Owl Coffee", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    api = APIRouter(prefix="/api/v1")
    for router in (menu.router, orders.router, reports.router):
        api.include_router(router)
    app.include_router(api)
    app.include_router(health.router)
    return app
