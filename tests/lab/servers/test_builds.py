"""Index builds held still: every one, and with every lock it builds under."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import psycopg
import pytest

from onduty.lab.database.builds import each_build_held
from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from onduty.lab.database.postgres import Postgres
    from onduty.lab.lab import Lab

PLAIN = "CREATE INDEX {name} ON orders (customer_id)"
CONCURRENT = "CREATE INDEX CONCURRENTLY {name} ON orders (customer_id)"


async def build(postgres: Postgres, statements: list[str]) -> None:
    async with await psycopg.AsyncConnection.connect(postgres.url, autocommit=True) as app:
        for statement in statements:
            await app.execute(statement)


async def can_write(postgres: Postgres) -> bool:
    try:
        await postgres.execute("DO $$ BEGIN LOCK TABLE orders IN ROW EXCLUSIVE MODE NOWAIT; END $$")
    except Unmet:
        return False
    return True


@pytest.mark.parametrize(("statement", "lets_write"), [(PLAIN, False), (CONCURRENT, True)])
def test_no_build_slips_through(runner: asyncio.Runner, lab: Lab, statement: str, lets_write: bool) -> None:  # noqa: FBT001
    async def story() -> None:
        statements = [statement.format(name=f"built_{number}") for number in range(4)]
        work = build(lab.postgres, statements)
        held = [(building, await can_write(lab.postgres)) async for building in each_build_held(lab.postgres, work)]
        assert len(held) >= len(statements)
        assert set(held) == {(building, lets_write) for building in statements}
        assert await lab.postgres.fetch_value("SELECT count(*) FROM pg_index WHERE indrelid = 'orders'::regclass") == 5
        await lab.postgres.execute(f"DROP INDEX {', '.join(f'built_{number}' for number in range(4))}")

    runner.run(story())


def test_the_error_of_the_work_is_raised_and_nothing_stays_held(runner: asyncio.Runner, lab: Lab) -> None:
    async def story() -> None:
        work = build(lab.postgres, ["SELECT 1 / 0"])
        with pytest.raises(psycopg.errors.DivisionByZero):
            assert [building async for building in each_build_held(lab.postgres, work)] == []
        await lab.postgres.execute("CREATE INDEX afterwards ON orders (note)")
        await lab.postgres.execute("DROP INDEX afterwards")

    runner.run(story())


def test_whoever_stops_listening_ends_the_work_and_lets_go(runner: asyncio.Runner, lab: Lab) -> None:
    async def story() -> None:
        statement = PLAIN.format(name="broken_off")
        async with aclosing(each_build_held(lab.postgres, build(lab.postgres, [statement]))) as builds:
            assert await anext(builds) == statement
        await lab.postgres.until_idle()
        await lab.postgres.execute("DROP INDEX IF EXISTS broken_off")

    runner.run(story())
