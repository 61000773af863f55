"""Night Owl Coffee: the menu and the orders, and what the platform asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app import health, menu, orders
from app.cache import open_cache
from app.database import open_database
from app.settings import Settings


def create_app() -> FastAPI:
    settings = Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            open_database(str(settings.database_url.get_secret_value())) as sessions,
            open_cache(str(settings.redis_url.get_secret_value()), settings.menu_ttl) as cache,
            health.open_readiness(str(settings.database_url.get_secret_value()), cache) as readiness,
        ):
            app.state.sessions = sessions
            app.state.cache = cache
            app.state.readiness = readiness
            yield

    app = FastAPI(title="Night Owl Coffee", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    api = APIRouter(prefix="/api/v1")
    for router in (menu.router, orders.router):
        api.include_router(router)
    app.include_router(api)
    app.add_middleware(health.Health, shop=app)
    return app
