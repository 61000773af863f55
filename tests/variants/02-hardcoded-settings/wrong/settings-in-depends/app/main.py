"""Night Owl Coffee: the menu, orders, paying for them, and who is asking."""

from fastapi import APIRouter, FastAPI

from app import customers, debug, health, menu, orders, payments


def create_app() -> FastAPI:
    app = FastAPI(title="Night Owl Coffee", docs_url=None, redoc_url=None, openapi_url=None)
    api = APIRouter(prefix="/api/v1")
    for router in (menu.router, orders.router, payments.router, customers.router, debug.router):
        api.include_router(router)
    app.include_router(api)
    app.include_router(health.router)
    return app
