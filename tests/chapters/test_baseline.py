"""Revision 0001 of every chapter that carries Alembic makes exactly the schema of the contract."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from onduty.lab import open_lab
from onduty.lab.database.postgres import Postgres

ROOT = Path(__file__).parents[2]
CARRIERS = sorted(path.parent for tree in ("chapters", "solutions") for path in (ROOT / tree).glob("*/alembic.ini"))

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity, identity_generation
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
OPTIONS = "SELECT relname, reloptions FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
REVISION = "SELECT version_num FROM alembic_version"


async def shape(postgres: Postgres) -> list[object]:
    return [await postgres.fetch(query) for query in (COLUMNS, CONSTRAINTS, INDEXES, OPTIONS, REVISION)]


def upgrade(app: Path, url: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOST": "127.0.0.1",
        "PORT": "8000",
        "DATABASE_URL": url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "PAYMENTS_URL": "http://127.0.0.1:1",
        "PAYMENTS_DEADLINE": "1",
        "SECRET_KEY": "0" * 40,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "0001"],
        cwd=app,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("app", CARRIERS, ids=lambda app: f"{app.parent.name}/{app.name}")
def test_revision_0001_is_the_contracts_schema(app: Path) -> None:
    async def story() -> tuple[list[object], list[object]]:
        async with open_lab({"postgres"}, database=ROOT / "checks" / "schema.sql") as given:
            wanted = await shape(given.postgres)
        async with open_lab({"postgres"}) as empty:
            await asyncio.to_thread(upgrade, app, empty.postgres.url)
            return wanted, await shape(empty.postgres)

    wanted, made = asyncio.run(story())
    assert made == wanted
