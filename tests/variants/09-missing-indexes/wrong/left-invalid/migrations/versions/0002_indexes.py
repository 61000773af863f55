from alembic import op
from sqlalchemy.exc import IntegrityError

revision = "0002"
down_revision = "0001"

INDEXES = (
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_customer ON orders (customer_id, placed_at DESC)",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_queue ON orders (placed_at DESC) WHERE status = 'placed'",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_night ON orders (placed_at)",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS customers_address ON customers (lower(email))",
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for index in INDEXES:
            for _ in range(3):
                try:
                    op.execute(index)
                    break
                except IntegrityError:
                    continue
