"""The migrations make the tables that the models describe, and can be taken back."""


def test_the_models_ask_for_nothing_that_no_migration_makes(shop, alembic):
    assert "No new upgrade operations detected" in alembic("check")


def test_the_indexes_can_be_dropped_and_built_again(shop, alembic):
    alembic("downgrade", "0001")
    alembic("upgrade", "head")
    assert "0002 (head)" in alembic("current")
