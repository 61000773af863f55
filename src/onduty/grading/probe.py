"""Tries a cell: reads the course, writes to the cache, has a process started in a room that must not see the course."""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Final

from onduty.grading.boundary import CACHE, SERVICES, Boundary, secrets
from onduty.grading.containers.rooms import ContainedRooms
from onduty.grading.room import Rooms

LOOK: Final = (
    "import os, sys; sys.exit(SEEN if any(os.path.isdir(place) and os.listdir(place) for place in sys.argv[1:]) else 0)"
)
SEEN: Final = 77


async def probe(course: Path, rooms: Rooms | ContainedRooms) -> None:
    """Exit with half a sentence that says what does not work."""
    if not os.access(course / "checks", os.R_OK):
        sys.exit(f"cannot read {course}")
    if not os.access(CACHE, os.W_OK):
        sys.exit("the cache cannot be written: the sandbox runs as another user")
    place = Path(SERVICES) / "probe" / "app"
    place.mkdir(parents=True)
    look = [sys.executable, "-I", "-S", "-c", LOOK.replace("SEEN", str(SEEN)), *map(str, secrets(course))]
    process, _ = await rooms.launch(look, directory=place, environment={}, stdout=1, stderr=2)
    code = await process.wait()
    if code == SEEN:
        sys.exit(f"{course} can be read in the room; move the course out of the system's and Python's directories")
    if code:
        sys.exit(f"a process could not be started in the room (it ended with {code})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("course", type=Path)
    parser.add_argument("--report-to")
    parser.add_argument("--room")
    given = parser.parse_args()
    guests = json.loads(given.room).get("guests")
    rooms = ContainedRooms(range(*guests)) if guests else Rooms(Boundary.from_json(given.room))
    asyncio.run(probe(given.course, rooms))
