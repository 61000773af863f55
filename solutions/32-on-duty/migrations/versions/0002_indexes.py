"""Indexes for the lookups by customer, by open status, by night and by e-mail address, and not one more (chapter 09).

Built CONCURRENTLY, which lets orders come in meanwhile and cannot run inside a transaction. A build that is broken off
leaves an invalid index behind, so each is dropped before it is made: the migration can be run again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INDEXES = ("orders_customer_newest", "orders_newest", "orders_open_newest", "customers_email_key")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        drop_indexes()
        op.create_index(
            "orders_customer_newest",
            "orders",
            ["customer_id", sa.text("placed_at DESC"), sa.text("id DESC")],
            postgresql_concurrently=True,
        )
        op.create_index(
            "orders_newest",
            "orders",
            [sa.text("placed_at DESC"), sa.text("id DESC")],
            postgresql_concurrently=True,
        )
        op.create_index(
            "orders_open_newest",
            "orders",
            ["status", sa.text("placed_at DESC"), sa.text("id DESC")],
            postgresql_where=sa.text("status IN ('placed', 'paid')"),
            postgresql_concurrently=True,
        )
        op.create_index(
            "customers_email_key",
            "customers",
            [sa.text("lower(email)")],
            unique=True,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        drop_indexes()


def drop_indexes() -> None:
    for index in INDEXES:
        op.drop_index(index, postgresql_concurrently=True, if_exists=True)
