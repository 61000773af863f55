"""Night Owl Coffee: the menu, orders, paying for them, and who is asking."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app import customers, debug, health, menu, orders, payments
from app.database import open_database
from app.settings import load_settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.settings = load_settings()
    async with open_database(str(app.state.settings.database_url.get_secret_value())) as sessions:
        app.state.sessions = sessions
        yield


app = FastAPI(title="Night Owl Coffee", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
api = APIRouter(prefix="/api/v1")
for router in (menu.router, orders.router, payments.router, customers.router, debug.router):
    api.include_router(router)
app.include_router(api)
app.include_router(health.router)
