"""Servers that somebody names: used, left as they were, refused in one sentence when they do not fit."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from onduty.lab import open_lab
from onduty.lab.machine.guardian import SWEEP_LIMIT
from onduty.lab.unmet import NotGraded

HOLDER = """
import asyncio, sys
from pathlib import Path
from onduty.lab import open_lab

async def main():
    async with open_lab({"postgres", "valkey"}, database=Path(sys.argv[1]), provider="url") as lab:
        await lab.valkey.client.set("menu", "espresso")
        print("open", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""

pytestmark = pytest.mark.usefixtures("named_servers")


def what_is_there() -> set[str]:
    """Return the databases, roles and filled caches of the named servers."""
    with psycopg.connect(os.environ["ONDUTY_POSTGRES_URL"]) as connection:
        rows = connection.execute("SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles").fetchall()
    with Redis.from_url(os.environ["ONDUTY_REDIS_URL"]) as cache:
        return {name for (name,) in rows} | set(cache.info("keyspace"))


def test_a_run_leaves_the_servers_as_they_were(shop: Path) -> None:
    async def story() -> None:
        async with open_lab({"postgres", "valkey"}, database=shop, provider="url") as lab:
            assert await lab.postgres.fetch_value("SELECT count(*) FROM orders") == 5000
            assert lab.postgres.database in what_is_there()
            assert "db1" in what_is_there()

    before = what_is_there()
    asyncio.run(story())
    assert what_is_there() == before


def test_a_run_that_was_killed_leaves_the_servers_as_they_were(shop: Path) -> None:
    before = what_is_there()
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, shop], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"open\n"
    assert what_is_there() > before
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    deadline = time.monotonic() + SWEEP_LIMIT
    while different := what_is_there() ^ before:
        assert time.monotonic() < deadline, different
        time.sleep(0.05)


def test_two_runs_have_caches_of_their_own() -> None:
    async def story() -> None:
        async with open_lab({"valkey"}, provider="url") as one, open_lab({"valkey"}, provider="url") as other:
            await one.valkey.client.set("menu", "espresso")
            assert await other.valkey.client.get("menu") is None
            await other.valkey.flush()
            assert await one.valkey.client.get("menu") == "espresso"

    asyncio.run(story())


def test_what_a_named_server_cannot_do_is_not_graded() -> None:
    async def story() -> None:
        async with open_lab({"postgres", "valkey"}, provider="url") as lab:
            with pytest.raises(NotGraded, match="cannot be frozen: use `--lab embedded`"):
                async with lab.postgres.frozen():
                    pass
            with pytest.raises(NotGraded, match="cannot be restarted"):
                await lab.postgres.restart()
            with pytest.raises(NotGraded, match="cannot be frozen"):
                async with lab.valkey.frozen():
                    pass
            with pytest.raises(NotGraded, match="cannot be stopped"):
                await lab.valkey.stop()
            assert await lab.postgres.sessions() == 0

    asyncio.run(story())


@pytest.mark.parametrize(
    ("part", "variable", "value", "told"),
    [
        ("postgres", "ONDUTY_POSTGRES_URL", "", "needs ONDUTY_POSTGRES_URL, the URL of a PostgreSQL superuser"),
        ("postgres", "ONDUTY_POSTGRES_URL", "postgresql://127.0.0.1:1/", "cannot be used: .*refused"),
        ("postgres", "ONDUTY_POSTGRES_URL", "postgresql://a?b=c", "is not a PostgreSQL URL"),
        ("valkey", "ONDUTY_REDIS_URL", "", "needs ONDUTY_REDIS_URL, the URL of a Valkey or Redis server"),
        ("valkey", "ONDUTY_REDIS_URL", "redis://127.0.0.1:1/", "cannot be used: .*1"),
        ("valkey", "ONDUTY_REDIS_URL", "http://127.0.0.1:1/", "cannot be used: .*scheme"),
    ],
)
def test_a_url_of_no_use_is_told_in_a_sentence(
    part: str, variable: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    async def story() -> None:
        async with open_lab({part}, provider="url"):
            pass

    with pytest.raises(NotGraded, match=told):
        asyncio.run(story())


def test_an_ordinary_user_is_refused() -> None:
    async def story() -> None:
        async with open_lab({"postgres"}, provider="url") as lab:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("ONDUTY_POSTGRES_URL", lab.postgres.url)
                async with open_lab({"postgres"}, provider="url"):
                    pass

    with pytest.raises(NotGraded, match=r"must name a superuser, and onduty_app_.* is none"):
        asyncio.run(story())
