"""Settings for every test, and the servers for those that need them."""

import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from app.settings import Settings

# The course's servers: PostgreSQL, Valkey and a payment provider, real ones, started for these tests. A project of its
# own would use testcontainers here, and a few lines more.
from onduty.lab import Lab, open_lab

ROOT = Path(__file__).parents[1]

MakeSettings = Callable[..., Settings]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings come from the test and from nowhere else."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def make_settings() -> MakeSettings:
    """Make settings for a shop nobody can reach, but for what the test says."""
    given = {
        "host": "127.0.0.1",
        "port": 8000,
        "database_url": "postgresql://nobody:nothing@127.0.0.1:1/nowhere",
        "redis_url": "redis://127.0.0.1:1",
        "payments_url": "http://127.0.0.1:1",
        "payments_deadline": 0.5,
        "secret_key": secrets.token_hex(),
        "menu_ttl": 0,
    }

    def make(**own: object) -> Settings:
        return Settings(_env_file=None, **(given | own))

    return make


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Lab]:
    async with open_lab({"postgres", "valkey", "payments"}, app=ROOT) as lab:
        yield lab
