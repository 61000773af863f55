"""Night Owl Coffee: the till's orders, its customers, and the nightly report."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app import customers, orders, reports
from app.database import open_database
from app.kept import KeepWhileUnchanged
from app.settings import Settings


def create_app() -> FastAPI:
    settings = Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_database(str(settings.database_url.get_secret_value())) as sessions:
            app.state.sessions = sessions
            yield

    app = FastAPI(title="Night Owl Coffee", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    api = APIRouter(prefix="/api/v1")
    for router in (customers.router, orders.router, reports.router):
        api.include_router(router)
    app.include_router(api)

    app.add_middleware(KeepWhileUnchanged)

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    return app
