"""What was measured, as the parts of pages that show it."""

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime

from onduty.authoring.bench import Figure


def grading_page(figures: Sequence[Figure], runs: int) -> str:
    return f"""{_taken(f"onduty dev bench-grade --runs {runs} --write")}
Seconds are those of one judgement, from the fresh copy to the verdict.

{_table(figures)}
"""


def page(figures: Sequence[Figure], runs: int) -> str:
    return f"""{_taken(f"onduty dev bench --runs {runs} --write")}
Whole commands, as a learner types them, from start to exit; "solution" is a passing run, "starter" a failing one.

{_table(figures)}
"""


def service_page(tables: str, busy: float) -> str:
    return f"""{_taken("onduty dev bench service --profile --write")}
When it began, {busy:.1f} processes were at work here already: near 0 the seconds are the service's own; far above,
compare the columns only.

{tables}
"""


def _taken(command: str) -> str:
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"Measured with `{command}` on {datetime.now(UTC):%Y-%m-%d}: {machine}."


def _table(figures: Sequence[Figure]) -> str:
    rows = [
        f"| {figure.name} | {min(figure.values):.2f} | {statistics.median(figure.values):.2f} "
        f"| {max(figure.values):.2f} | {figure.unit} |"
        for figure in figures
    ]
    return "\n".join(["| what | minimum | median | maximum | |", "|---|---|---|---|---|", *rows])
