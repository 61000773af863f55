"""What only the embedded servers promise, since only they are wholly ours."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from onduty.lab import open_lab
from onduty.lab.errors import LabError


def test_the_superuser_cannot_come_in_by_the_network(shop: Path) -> None:
    async def story() -> None:
        async with open_lab({"postgres"}, database=shop) as lab:
            url = lab.postgres.url
            with pytest.raises(psycopg.OperationalError, match="rejects connection"):
                await psycopg.AsyncConnection.connect(url.replace("//app:", "//postgres:"))
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                await psycopg.AsyncConnection.connect(url.replace(lab.postgres.password, "guess"))

    asyncio.run(story())


def test_the_service_is_no_administrator_of_the_cache() -> None:
    async def story() -> None:
        async with open_lab({"valkey"}) as lab, Redis.from_url(lab.valkey.url) as app:
            for command in ("CONFIG GET *", "SHUTDOWN", "ACL LIST", "MONITOR"):
                with pytest.raises(NoPermissionError):
                    await app.execute_command(*command.split())  # type: ignore[no-untyped-call]

    asyncio.run(story())


def test_two_labs_at_once_do_not_meet(shop: Path) -> None:
    async def story() -> None:
        async with open_lab({"postgres"}, database=shop) as one, open_lab({"postgres"}, database=shop) as other:
            assert one.postgres.port != other.postgres.port
            assert one.postgres.password != other.postgres.password
            await one.postgres.execute("DELETE FROM orders")
            assert await other.postgres.fetch_value("SELECT count(*) FROM orders") == 5000

    asyncio.run(story())


def test_without_a_file_the_database_is_empty() -> None:
    async def story() -> None:
        async with open_lab({"postgres"}) as lab:
            query = "SELECT count(*) FROM pg_class WHERE relowner = 'app'::regrole"
            assert await lab.postgres.fetch_value(query) == 0

    asyncio.run(story())


def test_a_part_that_was_not_asked_for_is_missing_by_name() -> None:
    async def story() -> None:
        async with open_lab(set()) as lab:
            assert lab.environment == {}
            with pytest.raises(LabError, match="no postgres: name it under `needs`"):
                _ = lab.postgres
        with pytest.raises(LabError, match="has no redis; it has postgres, valkey, payments"):
            async with open_lab({"redis"}):
                pass

    asyncio.run(story())


def test_the_environment_names_the_parts() -> None:
    async def story() -> None:
        async with open_lab({"valkey", "payments"}) as lab:
            assert lab.environment == {"REDIS_URL": lab.valkey.url, "PAYMENTS_URL": lab.payments.url}

    asyncio.run(story())
