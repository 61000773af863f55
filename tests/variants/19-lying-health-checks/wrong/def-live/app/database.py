"""One engine for the process, one session for each request."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[sessionmaker[Session]]:
    engine = create_engine(url, pool_size=10, max_overflow=0, pool_pre_ping=True, pool_recycle=1800)
    try:
        yield sessionmaker(engine, expire_on_commit=False)
    finally:
        engine.dispose()


def get_session(request: Request) -> Iterator[Session]:
    with request.app.state.sessions() as session:
        yield session


DatabaseSession = Annotated[Session, Depends(get_session)]
