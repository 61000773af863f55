"""The database as a check uses it, whoever provides it."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from onduty.lab.errors import LabError
from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from onduty.lab.database.postgres import Postgres
    from onduty.lab.lab import Lab

    Story = Callable[[Postgres], Awaitable[None]]

App = psycopg.AsyncConnection[Any]


@asynccontextmanager
async def app_session(postgres: Postgres, **options: Any) -> AsyncIterator[App]:
    """A connection such as the service opens."""
    connection = await psycopg.AsyncConnection.connect(postgres.url, **options)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
def tell(runner: asyncio.Runner, lab: Lab) -> Callable[[Story], None]:
    """Run a story on the database, which starts without a session of the service."""

    async def told(story: Story) -> None:
        await lab.postgres.terminate_sessions()
        await story(lab.postgres)

    return lambda story: runner.run(told(story))


def test_the_database_is_loaded_and_belongs_to_an_ordinary_role(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        assert await postgres.fetch_value("SELECT count(*) FROM orders") == 5000
        assert await postgres.fetch_one("SELECT name FROM products WHERE id = %s", 7) == {"name": "product 7"}
        assert await postgres.fetch_one("SELECT 1 FROM products WHERE id = 0") is None
        assert await postgres.execute("UPDATE products SET stock = stock + 1 WHERE id <= %s", 3) == 3
        async with app_session(postgres) as app:
            row = await (await app.execute("SELECT current_user, current_setting('is_superuser')")).fetchone()
            assert row == (postgres.role, "off")
            await app.execute("CREATE TABLE mine (id bigint)")
            await app.execute("DROP TABLE mine")

    tell(story)


def test_a_held_table_makes_a_query_wait_until_it_is_released(tell: Callable[[Story], None], lab: Lab) -> None:
    async def story(postgres: Postgres) -> None:
        lab.timeline.restart()
        async with app_session(postgres) as app:
            async with postgres.locked("orders"):
                query = asyncio.create_task(app.execute("SELECT count(*) FROM orders"))
                assert await postgres.until_waiting(1) == 1
                assert not query.done()
            assert await (await query).fetchone() == (5000,)
        hold = lab.timeline.events[0]
        assert (hold.label, hold.outcome, hold.lane) == ("lock held on orders", "released", "database")

    tell(story)


def test_a_share_lock_lets_readers_pass_and_makes_writers_wait(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with app_session(postgres) as app, postgres.locked("orders", mode="SHARE"):
            await app.execute("SELECT count(*) FROM orders")
            write = asyncio.create_task(app.execute("UPDATE orders SET note = '' WHERE id = 1"))
            await postgres.until_waiting(1)
            write.cancel()
            await asyncio.wait([write])

    tell(story)


def test_a_held_row_makes_its_writer_wait_and_nobody_else(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with app_session(postgres, autocommit=True) as app:
            async with postgres.row_locked("orders", 1):
                await app.execute("UPDATE orders SET note = 'other' WHERE id = 2")
                write = asyncio.create_task(app.execute("UPDATE orders SET note = 'held' WHERE id = 1"))
                await postgres.until_waiting(1)
            await write

    tell(story)


def test_a_check_that_raises_releases_what_it_held(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        with pytest.raises(ZeroDivisionError):
            async with postgres.locked("orders"), postgres.row_locked("products", 1):
                raise ZeroDivisionError
        assert await postgres.fetch_value("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock'") == 0

    tell(story)


def test_a_lock_that_nobody_gave_back_ends_with_the_check(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        forgotten = postgres.locked("orders")
        await forgotten.__aenter__()
        await postgres.reset()
        assert await postgres.fetch_value("SELECT count(*) FROM orders") == 5000
        await forgotten.__aexit__(None, None, None)

    tell(story)


def test_a_transaction_left_open_is_named_when_the_table_cannot_be_held(
    tell: Callable[[Story], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onduty.lab.database.holds.PATIENCE", "50ms")

    async def story(postgres: Postgres) -> None:
        async with app_session(postgres) as app:
            await app.execute("SELECT note FROM orders WHERE id = 1")
            with pytest.raises(Unmet, match=r"idle in transaction .*SELECT note FROM orders"):
                async with postgres.locked("orders"):
                    pass

    tell(story)


def test_waiting_for_what_does_not_come_says_what_the_sessions_do(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with app_session(postgres):
            with pytest.raises(Unmet, match=r"2 queries .* observed 1 session of the service \(1 idle\) after 0\.05 s"):
                await postgres.until_waiting(2, within=0.05)

    tell(story)


def test_statements_blocks_and_rows_are_counted_and_housekeeping_is_not(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with app_session(postgres) as app:
            # Warm, since a new session also reads about the tables, types and operators it meets for the first time.
            await app.execute("SELECT * FROM orders WHERE id = %s", [100])
            await app.commit()
            async with postgres.measured() as usage:
                for order in (101, 102, 103):
                    await app.execute("SELECT * FROM orders WHERE id = %s", [order])
                await app.execute("SELECT version()")
                await app.execute("SELECT 1")
                await app.execute("SET LOCAL lock_timeout = 0")
                await app.rollback()
        assert usage.statements == 3
        assert usage.rows == 3
        assert usage.blocks == 9
        assert [query.sql for query in usage.queries] == ["SELECT * FROM orders WHERE id = $1"]
        assert {query.sql.split()[0] for query in usage.housekeeping} == {"BEGIN", "SELECT", "SET", "ROLLBACK"}

    tell(story)


def test_a_statement_counts_although_its_session_ended_without_a_commit(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with postgres.measured() as usage:
            app = await psycopg.AsyncConnection.connect(postgres.url)
            await app.execute("SELECT * FROM orders WHERE id = 1")
            await app.close()
            await postgres.sessions_abandoned()  # waits until it has ended
        assert usage.statements == 1

    tell(story)


def test_the_check_s_own_statements_do_not_count_and_marks_may_overlap(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with app_session(postgres, autocommit=True) as app, postgres.measured() as outer:
            await app.execute("SELECT * FROM orders WHERE id = 1")
            async with postgres.measured() as inner:
                await postgres.fetch("SELECT * FROM orders")
                await app.execute("SELECT count(*) FROM orders")
                await app.execute("SELECT stock_of(1)")
        assert (outer.statements, inner.statements) == (3, 2)

    tell(story)


def test_reading_on_from_a_cursor_adds_blocks_and_no_statements(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with app_session(postgres) as app, postgres.measured() as usage:
            async with app.cursor(name="all_orders") as cursor:
                cursor.itersize = 1000
                await cursor.execute("SELECT * FROM orders")
                assert len([row async for row in cursor]) == 5000
            await app.commit()
        assert usage.statements == 1
        assert usage.rows == 5000
        assert usage.blocks > 20

    tell(story)


def test_measuring_waits_for_the_transaction_and_names_one_that_stays_open(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with app_session(postgres) as app:
            await app.execute("SELECT note FROM orders WHERE id = 1")
            with pytest.raises(Unmet, match="idle in transaction"):
                await postgres.until_idle(within=0.05)

    tell(story)


def test_sessions_are_counted_exactly_at_any_moment(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        before = await postgres.sessions_started()
        apps = await asyncio.gather(*(psycopg.AsyncConnection.connect(postgres.url) for _ in range(20)))
        assert await postgres.sessions_started() - before == 20
        assert await postgres.sessions() == 20
        for app in apps:
            await app.close()

    tell(story)


def test_a_session_that_ends_without_a_goodbye_is_abandoned(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        before = await postgres.sessions_abandoned()
        async with app_session(postgres):
            pass
        assert await postgres.sessions_abandoned() == before
        app = await psycopg.AsyncConnection.connect(postgres.url)
        with socket.socket(fileno=app.fileno()) as line:
            line.shutdown(socket.SHUT_RDWR)
            line.detach()
        assert await postgres.sessions_abandoned() == before + 1
        await app.close()

    tell(story)


def test_sessions_can_be_terminated(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with app_session(postgres) as app, app_session(postgres) as other:
            assert await postgres.terminate_sessions() == 2
            assert await postgres.sessions() == 0
            for each in (app, other):
                with pytest.raises(psycopg.OperationalError):
                    await each.execute("SELECT 1")

    tell(story)


def test_a_query_that_waits_can_be_cancelled_and_its_session_goes_on(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with app_session(postgres, autocommit=True) as app, app_session(postgres, autocommit=True) as other:
            async with postgres.locked("orders"):
                assert await postgres.cancel_waiting() == 0
                query = asyncio.create_task(app.execute("SELECT count(*) FROM orders"))
                await postgres.until_waiting(1)
                await other.execute("SELECT count(*) FROM products")
                assert await postgres.cancel_waiting() == 1
                with pytest.raises(psycopg.errors.QueryCanceled):
                    await query
            await app.execute("SELECT count(*) FROM orders")

    tell(story)


@pytest.mark.usefixtures("control")
def test_a_frozen_database_accepts_connections_and_answers_nothing(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with app_session(postgres) as app:
            async with postgres.frozen():
                query = asyncio.create_task(app.execute("SELECT 1"))
                _, writer = await asyncio.open_connection(postgres.host, postgres.port)
                with pytest.raises(LabError, match="leave `frozen"):
                    await postgres.sessions()
                await asyncio.wait([query], timeout=0.1)
                assert not query.done()
                writer.close()
                await writer.wait_closed()
            await query
        assert await postgres.fetch_value("SELECT 1") == 1

    tell(story)


@pytest.mark.usefixtures("control")
def test_a_restart_keeps_port_and_data(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        started = await postgres.sessions_started()
        await postgres.execute("UPDATE products SET stock = 99 WHERE id = 9")
        async with app_session(postgres) as app:
            await postgres.restart()
            with pytest.raises(psycopg.OperationalError):
                await app.execute("SELECT 1")
        assert await postgres.fetch_value("SELECT stock FROM products WHERE id = 9") == 99
        async with app_session(postgres):
            assert await postgres.sessions_started() == started + 2

    tell(story)


def test_the_plan_of_what_ran(tell: Callable[[Story], None]) -> None:
    async def story(postgres: Postgres) -> None:
        async with app_session(postgres, autocommit=True) as app, postgres.measured() as usage:
            await app.execute("SELECT * FROM orders WHERE customer_id = %s", [7])
        plan = await postgres.plan(usage.queries[0].sql)
        assert plan["Node Type"] == "Seq Scan"
        by_id = await postgres.plan("SELECT * FROM orders WHERE id = %s", 7)
        assert by_id["Node Type"] == "Index Scan"

    tell(story)
