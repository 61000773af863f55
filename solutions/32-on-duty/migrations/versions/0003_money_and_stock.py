"""What no bug may break: stock is not negative, and an order has one living payment. Payments are found by their order.

A constraint of a table that is written to is added unchecked, which takes a moment, and then checked under a lock that
lets writers through. The unique index will not build where an order has been paid twice: refund one of the two first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INDEXES = ("payments_order_newest", "payments_one_paid")


def upgrade() -> None:
    # Whoever waits for this lock keeps everybody waiting who comes later; the next deploy tries again.
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.execute(
        "ALTER TABLE products DROP CONSTRAINT IF EXISTS products_stock_check, "
        "ADD CONSTRAINT products_stock_check CHECK (stock >= 0) NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE products VALIDATE CONSTRAINT products_stock_check")
        drop_indexes()
        op.create_index(
            "payments_order_newest", "payments", ["order_id", sa.text("id DESC")], postgresql_concurrently=True
        )
        op.create_index(
            "payments_one_paid",
            "payments",
            ["order_id"],
            unique=True,
            postgresql_where=sa.text("status = 'paid'"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.execute("ALTER TABLE products DROP CONSTRAINT products_stock_check")
    with op.get_context().autocommit_block():
        drop_indexes()


def drop_indexes() -> None:
    for index in INDEXES:
        op.drop_index(index, postgresql_concurrently=True, if_exists=True)
