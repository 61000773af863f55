"""The migrations make the tables that the models describe, and can be taken back."""

import pytest
from psycopg.errors import CheckViolation, UniqueViolation


def test_the_models_ask_for_nothing_that_no_migration_makes(shop, alembic):
    assert "No new upgrade operations detected" in alembic("check")


def test_the_indexes_can_be_dropped_and_built_again(shop, alembic):
    alembic("downgrade", "0001")
    alembic("upgrade", "head")
    assert "0003 (head)" in alembic("current")


async def test_the_database_holds_what_no_bug_may_break(counter, servers):
    product = await counter.product()
    with pytest.raises(CheckViolation):
        await servers.postgres.execute("UPDATE products SET stock = -1 WHERE id = %s", product)
    insert = "INSERT INTO orders (customer_id, total_cents) VALUES (%s, 1) RETURNING id"
    order = await servers.postgres.fetch_value(insert, await counter.customer())
    pay = "INSERT INTO payments (order_id, status, amount_cents, provider_ref) VALUES (%s, %s, 1, 'ch_1')"
    for status in ("refunded", "refunded", "paid"):
        await servers.postgres.execute(pay, order, status)
    with pytest.raises(UniqueViolation):
        await servers.postgres.execute(pay, order, "paid")
