from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS orders_night")
        op.execute("""CREATE INDEX CONCURRENTLY orders_night ON orders (placed_at)""")
