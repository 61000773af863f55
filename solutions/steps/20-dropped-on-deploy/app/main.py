"""Night Owl Coffee: takes orders at night."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import iter_route_contexts

from app.api import customers, debug, menu, orders, payments, platform, reports, sessions
from app.api.farewell import Farewell
from app.api.observe import Observe
from app.api.problems import add_problem_handlers
from app.api.unhandled import AnswerUnhandled
from app.draining import Draining
from app.metrics import Metrics
from app.schemas.problems import PROBLEMS
from app.settings import Settings, load_settings
from app.shop import open_shop


def create_app(settings: Settings | None = None) -> FastAPI:
    """An app of its own for these settings; from the environment where none are given, as gunicorn calls it."""
    settings = settings or load_settings()
    # structlog would print each traceback with the value of every variable in it, secrets too, and take seconds for it.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure([structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, plain])
    metrics = Metrics()
    draining = Draining()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_shop(settings, metrics) as shop:
            app.state.shop = shop
            with draining.before_the_end(settings.drain_seconds):
                yield

    app = FastAPI(
        title="Night Owl Coffee",
        lifespan=lifespan,
        # Without a schema there are no pages that show it either.
        openapi_url="/openapi.json" if settings.in_development else None,
    )
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.draining = draining
    add_problem_handlers(app)
    app.include_router(platform.router)
    app.include_router(shop_api(in_development=settings.in_development))
    templates = {route.endpoint: route.path or "" for route in iter_route_contexts(app.routes)}
    # From the inside to the outside.
    app.add_middleware(AnswerUnhandled)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"],
    )
    app.add_middleware(Farewell, draining=draining)
    app.add_middleware(Observe, metrics=metrics, templates=templates)
    return app


def shop_api(*, in_development: bool) -> APIRouter:
    api = APIRouter(prefix="/api/v1", responses=PROBLEMS)
    for part in (menu, customers, sessions, orders, payments, reports):
        api.include_router(part.router)
    if in_development:
        api.include_router(debug.router)
    return api
