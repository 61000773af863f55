"""One engine for each thread, one session for each request."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session


class Engines:
    """Threads cannot get in each other's way: each has an engine of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._of_thread: dict[int, Engine] = {}

    def mine(self) -> Engine:
        thread = threading.get_ident()
        if thread not in self._of_thread:
            self._of_thread[thread] = create_engine(self._url, pool_size=1, max_overflow=0, pool_pre_ping=True)
        return self._of_thread[thread]

    def dispose(self) -> None:
        for engine in self._of_thread.values():
            engine.dispose()


@contextmanager
def open_database(url: str) -> Iterator[Engines]:
    engines = Engines(url)
    try:
        yield engines
    finally:
        engines.dispose()


def get_session(request: Request) -> Iterator[Session]:
    engines: Engines = request.app.state.sessions
    with Session(engines.mine()) as session:
        yield session


DatabaseSession = Annotated[Session, Depends(get_session)]
