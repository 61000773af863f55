"""Orders supplies: `python -m app.reorder --below 10 --up-to 50`."""

import argparse
import asyncio

from app.database import open_database
from app.services.stock import reorder
from app.settings import load_settings


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m app.reorder", description="Raise the stock of what runs low.")
    parser.add_argument("--below", type=int, default=10, help="products with less in stock are reordered")
    parser.add_argument("--up-to", type=int, default=50, help="the stock they are raised to")
    levels = parser.parse_args()
    async with open_database(load_settings()) as database:
        count = reorder(database, levels.below, levels.up_to)
    print(f"reordered {count} products")  # noqa: T201 - what the command is asked to say


if __name__ == "__main__":
    asyncio.run(main())
