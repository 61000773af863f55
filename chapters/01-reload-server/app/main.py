"""Night Owl Coffee: the menu."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app import health, menu
from app.database import open_database


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with open_database() as sessions:
        app.state.sessions = sessions
        yield


app = FastAPI(title="Night Owl Coffee", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
api = APIRouter(prefix="/api/v1")
api.include_router(menu.router)
app.include_router(api)
app.include_router(health.router)
