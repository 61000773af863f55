from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS orders_queue")
        op.execute("""CREATE INDEX CONCURRENTLY orders_queue ON orders (placed_at DESC) WHERE status = 'placed'""")
