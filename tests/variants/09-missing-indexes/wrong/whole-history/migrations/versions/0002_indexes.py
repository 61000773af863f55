from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id)",
    "CREATE INDEX CONCURRENTLY orders_queue ON orders (placed_at DESC) WHERE status = 'placed'",
    "CREATE INDEX CONCURRENTLY orders_night ON orders (((placed_at AT TIME ZONE 'UTC')::date))",
    "CREATE INDEX CONCURRENTLY customers_address ON customers (lower(email))",
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for statement in STATEMENTS:
            op.execute(statement)
