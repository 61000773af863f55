"""Time to feedback: how long a learner waits for a verdict, and what the lab weighs."""

import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil

from onduty.course.catalog import Chapter, Course
from onduty.course.problems import Problem
from onduty.reports.verdict import Verdict

SAMPLE_EVERY = 0.05
PASSED: Final = {Verdict.PASSED.exit_code}
FAILED: Final = {each.exit_code for each in (Verdict.FAILED, Verdict.CRASHED, Verdict.TIMED_OUT)}
VERDICT: Final = re.compile(r" *[✓✗☠⧗] \d\d\.\d/")
"""A line that `onduty check` prints for a check, in a pipe."""


@dataclass(frozen=True)
class Figure:
    """One thing measured several times."""

    name: str
    values: tuple[float, ...]
    unit: str = "s"

    def __str__(self) -> str:
        low, middle, high = min(self.values), statistics.median(self.values), max(self.values)
        return f"{self.name}: {low:.2f} / {middle:.2f} / {high:.2f} {self.unit}"


def all_figures(course: Course, found: Sequence[Chapter], runs: int) -> Iterator[Figure]:
    yield from commands(runs)
    yield first_verdict(runs)
    yield from chapters(found, runs)
    if set(course.incidents) <= set(found):
        yield every_solution(runs)
    yield memory(course.service or found[0], runs)


def commands(runs: int) -> Iterator[Figure]:
    for arguments in (["list"], ["--help"]):
        yield Figure(f"onduty {' '.join(arguments)}", tuple(_seconds(arguments) for _ in range(runs)))


def first_verdict(runs: int) -> Figure:
    """From nothing, a cache of its own included, to the first line that says how a check went."""
    return Figure("onduty init && onduty, with nothing cached: the first verdict", tuple(_first() for _ in range(runs)))


def chapters(found: Iterable[Chapter], runs: int) -> Iterator[Figure]:
    for chapter in found:
        for whose in ("solution", "starter"):
            arguments = ["check", str(chapter.number), f"--{whose}"]
            ends = {"solution": PASSED, "starter": FAILED}[whose]
            yield Figure(f"{chapter.name}, {whose}", tuple(_seconds(arguments, ends) for _ in range(runs)))


def every_solution(runs: int) -> Figure:
    return Figure(
        "onduty check --solution: every chapter", tuple(_seconds(["check", "--solution"]) for _ in range(runs))
    )


def memory(chapter: Chapter, runs: int) -> Figure:
    """The largest sum, over a run, of what the checker and the lab's servers hold; the app's own processes left out."""
    return Figure(f"{chapter.name}, lab and checker, peak PSS", tuple(_peak(chapter) for _ in range(runs)), "MiB")


def _seconds(arguments: Sequence[str], ends: Collection[int] = PASSED) -> float:
    started = time.monotonic()
    done = subprocess.run(_onduty(arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    seconds = round(time.monotonic() - started, 3)
    _require(done.returncode, ends, arguments)
    return seconds


def _require(code: int, ends: Collection[int], arguments: Sequence[str]) -> None:
    """A run that ended otherwise is no figure."""
    if code not in ends:
        raise Problem(f"`onduty {' '.join(arguments)}` ended with exit code {code}: see why, then measure again.")


def _first() -> float:
    with TemporaryDirectory(prefix="onduty-bench-") as place:
        # PostgreSQL refuses to run as root; who runs it instead has to get into the cache.
        Path(place).chmod(0o755)
        workspace = Path(place, "mine")
        environment = os.environ | {"ONDUTY_CACHE": str(Path(place, "cache")), "PYTHONUNBUFFERED": "1"}
        started = time.monotonic()
        subprocess.run(
            _onduty(["init", str(workspace)]),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        replaying = subprocess.Popen(
            _onduty([]), env=environment, cwd=workspace, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        with replaying:
            assert replaying.stdout is not None, "it was asked for"
            verdict = next((time.monotonic() for line in replaying.stdout if VERDICT.match(line)), None)
            # To its end, so that the next run has the machine for itself.
            replaying.stdout.read()
    if verdict is None:
        raise Problem("The first chapter could not be checked at all: `onduty doctor` says what is missing.")
    return round(verdict - started, 3)


def _peak(chapter: Chapter) -> float:
    arguments = ["check", str(chapter.number), "--solution"]
    process = subprocess.Popen(_onduty(arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    samples: list[float] = []
    sampler = threading.Thread(target=lambda: samples.extend(_samples(process)))
    sampler.start()
    process.wait()
    sampler.join()
    _require(process.returncode, PASSED, arguments)
    return round(max(samples, default=0.0), 1)


def _samples(process: "subprocess.Popen[bytes]") -> Iterator[float]:
    while process.poll() is None:
        yield _weight(process.pid)
        time.sleep(SAMPLE_EVERY)


def _weight(pid: int) -> float:
    total = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    for member in family:
        try:
            if _is_the_app(member):
                continue
            memory = member.memory_full_info()
            total += getattr(memory, "pss", memory.uss)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total / 2**20


def _is_the_app(process: psutil.Process) -> bool:
    return process.environ().get("PORT") is not None and "DATABASE_URL" in process.environ()


def _onduty(arguments: Sequence[str]) -> list[str]:
    """The command as a learner types it, from the environment this one runs in."""
    return [str(Path(sys.executable).with_name("onduty")), *arguments]
