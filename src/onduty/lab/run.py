"""What every part of one run of the lab shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from onduty.lab.machine.guardian import Guardian
    from onduty.lab.recorder import Timeline


@dataclass(frozen=True)
class Run:
    """One run: its directory, who cleans up after it, and what happened when."""

    directory: Path
    guardian: Guardian
    timeline: Timeline
