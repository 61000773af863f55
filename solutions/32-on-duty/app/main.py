"""Night Owl Coffee: takes orders at night."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import iter_route_contexts

from app.api import customers, debug, menu, orders, payments, platform, reports, sessions
from app.api.observe import Observe
from app.api.problems import add_problem_handlers
from app.metrics import Metrics
from app.settings import Settings, load_settings
from app.shop import open_shop


def create_app(settings: Settings | None = None) -> FastAPI:
    """An app of its own for these settings; from the environment where none are given, as gunicorn calls it."""
    settings = settings or load_settings()
    metrics = Metrics()
    logging.basicConfig(level=settings.log_level)
    logging.getLogger("httpx").setLevel(logging.WARNING)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_shop(settings, metrics) as shop:
            app.state.shop = shop
            yield

    app = FastAPI(
        title="Night Owl Coffee",
        lifespan=lifespan,
        # Without a schema there are no pages that show it either.
        openapi_url="/openapi.json" if settings.in_development else None,
    )
    app.state.settings = settings
    app.state.metrics = metrics
    add_problem_handlers(app)
    app.include_router(platform.router)
    app.include_router(shop_api(in_development=settings.in_development))
    templates = {route.endpoint: route.path or "" for route in iter_route_contexts(app.routes)}
    app.add_middleware(Observe, metrics=metrics, templates=templates)
    # Outermost, so that errors carry its headers too.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"],
    )
    return app


def shop_api(*, in_development: bool) -> APIRouter:
    api = APIRouter(prefix="/api/v1")
    for part in (menu, customers, sessions, orders, payments, reports):
        api.include_router(part.router)
    if in_development:
        api.include_router(debug.router)
    return api
