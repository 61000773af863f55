import time

from alembic import op
from sqlalchemy.exc import OperationalError

revision = "0002"
down_revision = "0001"

INDEXES = (
    "CREATE INDEX orders_customer ON orders (customer_id, placed_at DESC, id DESC)",
    "CREATE INDEX orders_queue ON orders (placed_at DESC) WHERE status = 'placed'",
    "CREATE INDEX orders_night ON orders (placed_at)",
    "CREATE INDEX customers_address ON customers (lower(email))",
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '2s'")
        for index in INDEXES:
            for patience in range(5):
                try:
                    op.execute(index)
                    break
                except OperationalError:
                    time.sleep(patience)
