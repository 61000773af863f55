"""The shop as a worker opens it, on a database that its own migrations made."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count

import pytest
from app.metrics import Metrics
from app.settings import Settings
from app.shop import Shop, open_shop
from tests.conftest import ROOT, MakeSettings

from onduty.lab import Lab

numbers = count(1)


@pytest.fixture(scope="session")
def settings(servers: Lab, make_settings: MakeSettings) -> Settings:
    urls = {name.lower(): url for name, url in servers.environment.items()}
    return make_settings(**urls)


@pytest.fixture(scope="session")
def alembic(settings: Settings):
    """Run `alembic` as the release step does."""
    environment = {
        name.upper(): str(getattr(value, "get_secret_value", lambda value=value: value)())
        for name, value in settings
        if value not in (None, ())
    }

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "alembic", *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
async def shop(servers: Lab, settings: Settings, alembic) -> AsyncIterator[Shop]:
    alembic("upgrade", "head")
    async with open_shop(settings, Metrics()) as shop:
        yield shop


@dataclass(frozen=True)
class Counter:
    """The till: knows customers and products, and writes new ones."""

    servers: Lab

    async def customer(self) -> int:
        return await self.servers.postgres.fetch_value(
            "INSERT INTO customers (email, name, password_hash) VALUES (%s, 'Ada', '') RETURNING id",
            f"ada{next(numbers)}@example.org",
        )

    async def product(self, *, stock: int = 100, price: int = 260) -> int:
        return await self.servers.postgres.fetch_value(
            "INSERT INTO products (sku, name, price_cents, stock) VALUES (%s, 'Espresso', %s, %s) RETURNING id",
            f"ESP-{next(numbers)}",
            price,
            stock,
        )

    async def stock_of(self, product: int) -> int:
        return await self.servers.postgres.fetch_value("SELECT stock FROM products WHERE id = %s", product)


@pytest.fixture(scope="session")
def counter(shop: Shop, servers: Lab) -> Counter:
    return Counter(servers)
