from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS orders_customer")
        op.execute("""CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id, placed_at DESC, id DESC)""")
