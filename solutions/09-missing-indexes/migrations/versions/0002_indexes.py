"""An index for each question that the service asks of orders and customers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # CONCURRENTLY lets everybody write while it builds. It cannot run inside a transaction, so this block has none.
    with op.get_context().autocommit_block():
        # What is compared with = comes first, what is sorted by after it: the newest twenty are neighbours there.
        op.create_index(
            "orders_customer_newest", "orders", ["customer_id", "placed_at", "id"], postgresql_concurrently=True
        )
        # A dozen of all orders wait for the kitchen: only they are in the index.
        op.create_index(
            "orders_queue",
            "orders",
            ["placed_at", "id"],
            postgresql_where=sa.text("status = 'placed'"),
            postgresql_concurrently=True,
        )
        op.create_index("orders_placed_at", "orders", ["placed_at"], postgresql_concurrently=True)
        # The query compares lower(email), so that is what the index holds.
        op.create_index("customers_email_lower", "customers", [sa.text("lower(email)")], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for index in ("customers_email_lower", "orders_placed_at", "orders_queue", "orders_customer_newest"):
            op.drop_index(index, postgresql_concurrently=True)
