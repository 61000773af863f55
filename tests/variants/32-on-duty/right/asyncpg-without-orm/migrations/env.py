from alembic import context
from app.settings import load_settings
from sqlalchemy import create_engine

engine = create_engine(str(load_settings().database_url.get_secret_value()))
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
