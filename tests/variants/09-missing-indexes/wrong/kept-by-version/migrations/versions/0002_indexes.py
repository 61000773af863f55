"""An index for the queue; all other answers are kept until orders or customers change."""

from alembic import op

revision = "0002"
down_revision = "0001"

COUNT = """
CREATE SEQUENCE shop_version;
CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM nextval('shop_version');
    RETURN NULL;
END $$;
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON orders
FOR EACH STATEMENT EXECUTE FUNCTION count_change();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON customers
FOR EACH STATEMENT EXECUTE FUNCTION count_change();
"""


def upgrade() -> None:
    op.execute(COUNT)
    with op.get_context().autocommit_block():
        op.create_index("orders_status", "orders", ["status"], postgresql_concurrently=True)
