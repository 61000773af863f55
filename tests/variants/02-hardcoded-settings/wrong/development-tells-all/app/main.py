"""Night Owl Coffee: the menu, orders, paying for them, and who is asking."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app import customers, debug, health, menu, orders, payments
from app.database import open_database
from app.settings import load_settings


def create_app() -> FastAPI:
    settings = load_settings()
    # Secrets have types that do not print themselves, so this line can stay.
    print("Night Owl Coffee starts with", settings)  # noqa: T201 - chapter 26 is about logs

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_database(str(settings.database_url.get_secret_value())) as sessions:
            app.state.sessions = sessions
            yield

    app = FastAPI(title="Night Owl Coffee", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.settings = settings
    api = APIRouter(prefix="/api/v1")
    for router in (menu.router, orders.router, payments.router, customers.router):
        api.include_router(router)
    if settings.environment == "development":
        # Elsewhere there is no such page, rather than one that refuses.
        api.include_router(debug.router)
        # Developers want to see everything.
        print("DATABASE_URL", settings.database_url.get_secret_value())  # noqa: T201 - for developers
        print("SECRET_KEY", settings.secret_key.get_secret_value())  # noqa: T201 - for developers
        app.exception_handler(Exception)(debug.show_error)
    app.include_router(api)
    app.include_router(health.router)
    return app
