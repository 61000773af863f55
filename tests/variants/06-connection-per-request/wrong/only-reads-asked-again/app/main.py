"""Night Owl Coffee: the menu, the orders, and the nightly report."""

from fastapi import APIRouter, FastAPI

from app import database, health, menu, orders, reports
from app.settings import Settings


def create_app() -> FastAPI:
    settings = Settings()
    app = FastAPI(title="Night Owl Coffee", docs_url=None, redoc_url=None, openapi_url=None, lifespan=database.lifespan)
    app.state.database_url = str(settings.database_url.get_secret_value())
    api = APIRouter(prefix="/api/v1")
    for router in (menu.router, orders.router, reports.router):
        api.include_router(router)
    app.include_router(api)
    app.include_router(health.router)
    return app
