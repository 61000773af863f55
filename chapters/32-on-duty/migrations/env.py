import os

from alembic import context
from sqlalchemy import create_engine

from app.models import Base

engine = create_engine(os.getenv("DATABASE_URL", "postgresql://nightowl:nightowl@localhost:5432/nightowl"))
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
