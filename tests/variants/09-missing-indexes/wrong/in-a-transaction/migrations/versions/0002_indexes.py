from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id, placed_at DESC, id DESC)",
    "CREATE INDEX CONCURRENTLY orders_queue ON orders (placed_at DESC) WHERE status = 'placed'",
    "CREATE INDEX CONCURRENTLY orders_night ON orders (placed_at)",
    "CREATE INDEX CONCURRENTLY customers_address ON customers (lower(email))",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
