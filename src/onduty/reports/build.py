"""Puts chapter results together into the one report."""

import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from onduty.reports.model import ChapterResult, Report
from onduty.reports.verdict import Verdict


def report_of(chapters: Sequence[ChapterResult], *, started: datetime, seed: int, lab: str) -> Report:
    verdict = Verdict.worst(chapter.verdict for chapter in chapters)
    return Report(
        course_version=version("onduty"),
        started=started.astimezone(UTC).isoformat(timespec="seconds"),
        seed=seed,
        lab=lab,
        machine=f"{platform.system()} {platform.machine()}, Python {sys.version.split()[0]}",
        chapters=list(chapters),
        verdict=verdict,
        exit_code=verdict.exit_code,
    )
