from alembic import op

revision = "0002"
down_revision = "0001"

NIGHTS = """
CREATE TABLE nights AS
SELECT (placed_at AT TIME ZONE 'UTC')::date AS night, count(*) AS orders, sum(total_cents) AS revenue_cents
FROM orders WHERE status <> 'cancelled' GROUP BY 1;
ALTER TABLE nights ADD PRIMARY KEY (night);
"""
INDEXES = (
    "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id, placed_at DESC, id DESC)",
    "CREATE INDEX CONCURRENTLY orders_queue ON orders (placed_at DESC) WHERE status = 'placed'",
    "CREATE INDEX CONCURRENTLY customers_address ON customers (lower(email))",
)


def upgrade() -> None:
    op.execute(NIGHTS)
    with op.get_context().autocommit_block():
        for index in INDEXES:
            op.execute(index)
