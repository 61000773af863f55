from alembic import op

revision = "0002"
down_revision = "0001"

KEEP = """
CREATE FUNCTION keep_email_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email_key := lower(NEW.email);
    RETURN NEW;
END $$;
CREATE TRIGGER email_key BEFORE INSERT OR UPDATE OF email ON customers
FOR EACH ROW EXECUTE FUNCTION keep_email_key();
"""
INDEXES = (
    "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id, placed_at DESC, id DESC)",
    "CREATE INDEX CONCURRENTLY orders_queue ON orders (placed_at DESC) WHERE status = 'placed'",
    "CREATE INDEX CONCURRENTLY orders_night ON orders (placed_at)",
    "CREATE INDEX CONCURRENTLY customers_email_key ON customers (email_key)",
)


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN email_key text")
    op.execute(KEEP)
    # The block commits what is above, and with it ends the lock of ALTER TABLE: the column is filled without it.
    with op.get_context().autocommit_block():
        op.execute("UPDATE customers SET email_key = lower(email) WHERE email_key IS NULL")
        for index in INDEXES:
            op.execute(index)
