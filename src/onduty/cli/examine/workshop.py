"""What a day without a network needs: every chapter's lab and service, started once; their databases are kept."""

import asyncio
import time
from functools import partial

from onduty.cli.examine.finding import Examination
from onduty.course.catalog import Chapter, Course
from onduty.lab.lab import open_lab


def examinations(course: Course) -> list[Examination]:
    """One a chapter; looking is what makes it ready."""
    return [
        Examination(
            chapter.name,
            f"the lab of chapter {chapter.number:02}, made ready and kept",
            "Run `onduty doctor --workshop` again; if this stays, show these lines to whoever runs the workshop.",
            needed=True,
            look=partial(_ready, chapter),
        )
        for chapter in course.chapters
    ]


def _ready(chapter: Chapter) -> tuple[bool, str]:
    started = time.monotonic()
    asyncio.run(_start(chapter))
    return True, f"its servers and its service start; ready in {time.monotonic() - started:.1f} s"


async def _start(chapter: Chapter) -> None:
    """Start everything as a check does; the database stays in the cache."""
    database = chapter.checks / "database.sql"
    async with open_lab(
        set(chapter.needs), app=chapter.solution, database=database if database.is_file() else None
    ) as lab:
        await lab.platform.start()
