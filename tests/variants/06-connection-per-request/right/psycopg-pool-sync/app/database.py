"""One psycopg pool for the process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Request
from psycopg import Connection, OperationalError
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

Row = dict[str, Any]
Pool = ConnectionPool[Connection[Row]]


class Database:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def rows(self, query: str, *values: object) -> list[Row]:
        with self._pool.connection() as connection:
            return connection.execute(query.encode(), values).fetchall()

    def execute(self, statement: str, *values: object) -> None:
        with self._pool.connection() as connection:
            connection.execute(statement.encode(), values)


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    def check(connection: Connection[Row]) -> None:
        try:
            ConnectionPool.check_connection(connection)
        except OperationalError:
            pool.drain()
            raise

    with ConnectionPool(
        url,
        connection_class=Connection[Row],
        min_size=2,
        max_size=12,
        kwargs={"row_factory": dict_row},
        check=check,
    ) as pool:
        yield Database(pool)


def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


OpenDatabase = Annotated[Database, Depends(get_database)]
