import asyncio
from pathlib import Path

from onduty.lab import open_lab

STARTER = Path("chapters/05-blocked-event-loop")
DATABASE = Path("checks/05-blocked-event-loop/database.sql")


async def main() -> None:
    async with open_lab({"postgres"}, app=STARTER, database=DATABASE) as lab:
        service = await lab.platform.start(WEB_CONCURRENCY="1")
        async with lab.postgres.locked("orders"):
            stuck = service.later.get("/api/v1/orders")
            await lab.postgres.until_waiting(1)
            print("meanwhile:", await service.get("/health/live", within=1))
        print("afterwards:", await stuck)


asyncio.run(main())
