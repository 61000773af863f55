"""Orders supplies: `python -m app.reorder --below 10 --up-to 50`."""

import argparse

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app.main import database_url
from app.models import Product

parser = argparse.ArgumentParser(description="Raise the stock of every product that runs low.")
parser.add_argument("--below", type=int, default=10)
parser.add_argument("--up-to", type=int, default=50)
arguments = parser.parse_args()

reordered = 0
with Session(create_engine(database_url())) as session:
    for product in session.scalars(select(Product)):
        if product.stock < arguments.below:
            product.stock = arguments.up_to
            reordered += 1
    session.commit()
print(f"reordered {reordered} products")
