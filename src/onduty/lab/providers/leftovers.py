"""Takes down what a run made on servers that outlive it.

The guardian runs this as a program of its own when the run is over, however it ended; so there is one way down, and the
secrets it needs travel by standard input.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from onduty.lab.machine.guardian import Guardian


def taken_down_at_the_end(guardian: Guardian, kind: str, **what: Any) -> None:
    """Have something taken down when the run is over; ask before it is made."""
    guardian.finally_runs([sys.executable, "-m", __name__], given=json.dumps({"kind": kind, **what}))


def drop_databases(*, server: str, databases: list[str], roles: list[str]) -> None:
    """Drop databases, whoever is connected to them, and roles."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(server, autocommit=True) as connection:
        for name in databases:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        for name in roles:
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def flush_cache(*, url: str) -> None:
    """Forget every key of one numbered database."""
    from redis import Redis

    with Redis.from_url(url) as client:
        client.flushdb()


def remove_container(*, name: str) -> None:
    """Remove a container with its volumes, running or not."""
    from docker.errors import NotFound  # type: ignore[import-untyped]
    from testcontainers.core.docker_client import DockerClient

    client = DockerClient().client
    with contextlib.closing(client), contextlib.suppress(NotFound):
        client.containers.get(name).remove(v=True, force=True)


KINDS: dict[str, Callable[..., None]] = {
    "databases": drop_databases,
    "cache": flush_cache,
    "container": remove_container,
}


def main() -> None:
    """Take down one thing, described on standard input."""
    what = json.load(sys.stdin)
    KINDS[what.pop("kind")](**what)


if __name__ == "__main__":
    main()
