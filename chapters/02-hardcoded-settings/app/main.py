"""Night Owl Coffee: the menu, orders, paying for them, and who is asking."""

from fastapi import APIRouter, FastAPI

from app import customers, debug, health, menu, orders, payments, settings


def create_app() -> FastAPI:
    # TODO(02.4): who reads this line?
    print("Night Owl Coffee starts with", settings.dump())

    app = FastAPI(title="Night Owl Coffee", docs_url=None, redoc_url=None, openapi_url=None)
    app.exception_handler(Exception)(debug.show_error)
    api = APIRouter(prefix="/api/v1")
    for router in (menu.router, orders.router, payments.router, customers.router, debug.router):
        api.include_router(router)
    app.include_router(api)
    app.include_router(health.router)
    return app
