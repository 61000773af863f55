"""Night Owl Coffee: the menu, the orders, and the nightly report."""

from fastapi import APIRouter, FastAPI

from app import health, menu, orders, reports


def create_app() -> FastAPI:
    app = FastAPI(title="Night Owl Coffee", docs_url=None, redoc_url=None, openapi_url=None)
    api = APIRouter(prefix="/api/v1")
    for router in (menu.router, orders.router, reports.router):
        api.include_router(router)
    app.include_router(api)
    app.include_router(health.router)
    return app
