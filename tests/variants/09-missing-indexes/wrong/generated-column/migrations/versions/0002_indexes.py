from alembic import op

revision = "0002"
down_revision = "0001"

INDEXES = (
    "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id, placed_at DESC, id DESC)",
    "CREATE INDEX CONCURRENTLY orders_queue ON orders (placed_at DESC) WHERE status = 'placed'",
    "CREATE INDEX CONCURRENTLY orders_night ON orders (placed_at)",
    "CREATE INDEX CONCURRENTLY customers_email_key ON customers (email_key)",
)


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN email_key text GENERATED ALWAYS AS (lower(email)) STORED")
    with op.get_context().autocommit_block():
        for index in INDEXES:
            op.execute(index)
