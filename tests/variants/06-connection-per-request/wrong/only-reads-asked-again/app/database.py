"""A session for each request, on connections that the process keeps. Who meets a dead connection is asked again."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.engine = create_async_engine(app.state.database_url, pool_size=20, max_overflow=0)
    yield
    await app.state.engine.dispose()


class AskedAgain(APIRoute):
    """The first error of a dead connection makes SQLAlchemy throw away every connection made before it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_again(request: Request) -> Response:
            try:
                return await handle(request)
            except DBAPIError as error:
                if not error.connection_invalidated or request.method != "GET":  # asking again is safe for a GET
                    raise
                return await handle(request)

        return handle_again


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(request.app.state.engine, expire_on_commit=False) as session:
        yield session


DatabaseSession = Annotated[AsyncSession, Depends(get_session)]
