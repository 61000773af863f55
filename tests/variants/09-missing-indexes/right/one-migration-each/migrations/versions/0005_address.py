from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS customers_address")
        op.execute("""CREATE INDEX CONCURRENTLY customers_address ON customers (lower(email))""")
