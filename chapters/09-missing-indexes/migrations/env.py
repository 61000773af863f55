"""Runs the migrations against DATABASE_URL, each in a transaction of its own."""

from alembic import context
from app.models import Base
from app.settings import Settings
from sqlalchemy import NullPool, create_engine

engine = create_engine(str(Settings().database_url.get_secret_value()), poolclass=NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
