"""Runs the migrations against DATABASE_URL, each in a transaction of its own."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app.models import Base
from app.settings import Settings

engine = create_engine(str(Settings().database_url), poolclass=NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
