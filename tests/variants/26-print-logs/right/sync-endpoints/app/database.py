"""One engine for the process, one session for each request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker


@contextmanager
def open_database(url: str) -> Iterator[sessionmaker[Session]]:
    engine = create_engine(url, pool_pre_ping=True)
    try:
        yield sessionmaker(engine)
    finally:
        engine.dispose()


def get_session(request: Request) -> Iterator[Session]:
    sessions: sessionmaker[Session] = request.app.state.sessions
    with sessions() as session:
        yield session


DatabaseSession = Annotated[Session, Depends(get_session)]
