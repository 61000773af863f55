"""Tries a cell: reads the course, writes to the cache, has a process started in the room."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from onduty.grading.boundary import CACHE, SERVICES
from onduty.grading.containers.rooms import ContainedRooms


async def probe(course: Path, guests: Sequence[int]) -> None:
    """Exit with half a sentence that says what does not work."""
    rooms = ContainedRooms(guests)
    if not os.access(course / "checks", os.R_OK):
        sys.exit(f"cannot read {course}")
    if not os.access(CACHE, os.W_OK):
        sys.exit("the cache cannot be written: the engine runs as another user")
    place = Path(SERVICES) / "probe" / "app"
    place.mkdir(parents=True)
    process, _ = await rooms.launch(["true"], directory=place, environment={}, stdout=1, stderr=2)
    if code := await process.wait():
        sys.exit(f"a process could not be started in the room (it ended with {code})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("course", type=Path)
    parser.add_argument("--report-to")
    parser.add_argument("--room", type=json.loads)
    given = parser.parse_args()
    asyncio.run(probe(given.course, range(*given.room["guests"])))
