import sqlalchemy as sa
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
    connection = op.get_bind()
    fill = sa.text("UPDATE customers SET email_key = :key WHERE id = :id")
    for customer in connection.execute(sa.text("SELECT id, email FROM customers WHERE email_key IS NULL")).all():
        connection.execute(fill, {"key": customer.email.lower(), "id": customer.id})
    with op.get_context().autocommit_block():
        for index in INDEXES:
            op.execute(index)
