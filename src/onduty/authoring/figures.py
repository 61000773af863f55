"""The table of measured figures, a part of `docs/reference/figures.md`."""

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime

from onduty.authoring.bench import Figure


def page(figures: Sequence[Figure], runs: int) -> str:
    rows = "\n".join(
        f"| {figure.name} | {min(figure.values):.2f} | {statistics.median(figure.values):.2f} "
        f"| {max(figure.values):.2f} | {figure.unit} |"
        for figure in figures
    )
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    taken = f"Measured with `onduty dev bench --runs {runs} --write` on {datetime.now(UTC):%Y-%m-%d}: {machine}."
    return f"""{taken}
Whole commands, as a learner types them, from start to exit; "solution" is a passing run, "starter" a failing one.

| what | minimum | median | maximum | |
|---|---|---|---|---|
{rows}
"""
