"""What grading costs: one submission with and without its sandbox, a cohort on both engines, the memory of a job."""

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import psutil

from onduty.authoring.bench import Figure
from onduty.authoring.hostile import every_attack
from onduty.authoring.variants import Variant, variants_of
from onduty.course.catalog import Course
from onduty.course.problems import Problem
from onduty.grading.ledger import Ledger

CHAPTER: Final = "05-blocked-event-loop"
WALL_CLOCK: Final = 10
JOBS: Final = 2
SAMPLE_EVERY: Final = 0.1
NOWHERE: Final = {"OUT": "/nowhere", "COURSE": "/nowhere", "PORT": "9", "SOCKET": "/nowhere", "PID": "1"}


@dataclass(frozen=True)
class Cohort:
    """So many submissions of each kind, no two alike."""

    right: int = 40
    wrong: int = 14
    hostile: int = 6

    @property
    def size(self) -> int:
        """All of them."""
        return self.right + self.wrong + self.hostile

    def write(self, course: Course, place: Path) -> None:
        """Make the submissions, each in a directory."""
        chapter = course.find(CHAPTER)
        variants = list(variants_of(chapter))
        kinds = {"right": self.right, "wrong": self.wrong}
        for kind, count in kinds.items():
            same = {"right": {"right", "solution"}, "wrong": {"wrong", "starter"}}[kind]
            chosen = islice(cycle([variant for variant in variants if variant.kind in same]), count)
            for number, variant in enumerate(chosen):
                _assemble(variant, place / f"{kind}-{number:02}" / CHAPTER)
        attacks = [attack for attack in every_attack(course.root) if attack.chapter == CHAPTER]
        for number, attack in enumerate(islice(cycle(attacks), self.hostile)):
            made = attack.hand_in(place / f"hostile-{number:02}", NOWHERE)
            _told_apart(made / CHAPTER, number)


def figures(course: Course, runs: int, cohort: Cohort) -> Iterator[Figure]:
    """Each figure as soon as it is there."""
    with tempfile.TemporaryDirectory(prefix="onduty-bench-") as name:
        place = Path(name)
        place.chmod(0o755)
        Cohort(right=1, wrong=0, hostile=0).write(course, place / "one")
        sandboxed, plain, weights = [], [], []
        for number in range(runs):
            done = _grade(place / "one", place / f"sandboxed-{number}", weigh=True)
            sandboxed.append(done.judged)
            weights.append(done.megabytes)
            plain.append(_grade(place / "one", place / f"plain-{number}", "--isolation", "none").judged)
        yield Figure("one passing submission, sandboxed", tuple(sandboxed))
        yield Figure("the same, without isolation", tuple(plain))
        ratios = tuple(100 * (own / other - 1) for own, other in zip(sorted(sandboxed), sorted(plain), strict=True))
        yield Figure("what isolation adds", ratios, "%")
        yield Figure("judge, lab and cell, peak PSS", tuple(weights), "MiB")
        cohort.write(course, place / "cohort")
        for called, engine in (("--jobs 2", ()), ("--dask local --jobs 2", ("--dask", "local"))):
            limit = ("--time-limit", str(WALL_CLOCK))
            done = _grade(place / "cohort", place / f"out-{len(engine)}", *limit, *engine)
            yield Figure(f"{cohort.size} submissions, {called}", (60 * cohort.size / done.seconds,), "a minute")


@dataclass(frozen=True)
class Done:
    """One command: how long it took, how long its judgements took on average, the most memory it held."""

    seconds: float
    judged: float
    megabytes: float


def _assemble(variant: Variant, target: Path) -> None:
    target.mkdir(parents=True)
    variant.assemble(target)
    _told_apart(target, int(target.parent.name.rpartition("-")[2]))


def _told_apart(app: Path, number: int) -> None:
    """Two submissions of the same files would be graded once."""
    procfile = app / "Procfile"
    procfile.write_text(f"# submission {number}\n{procfile.read_text('utf-8')}", "utf-8")


def _grade(submissions: Path, out: Path, *options: str, weigh: bool = False) -> Done:
    program = shutil.which("onduty", path=Path(sys.executable).parent) or "onduty"
    command = [program, "grade", str(submissions), "--out", str(out), "--chapter", "5", "--jobs", str(JOBS), *options]
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    samples: list[float] = []
    sampler = threading.Thread(target=lambda: samples.extend(_samples(process)))
    if weigh:
        sampler.start()
    process.wait()
    seconds = time.monotonic() - started
    if weigh:
        sampler.join()
    if process.returncode:
        raise Problem(f"`{' '.join(command)}` ended with exit code {process.returncode}: see why, then measure again.")
    judged = [run.seconds for run in Ledger.find(out).runs()]
    return Done(round(seconds, 3), round(sum(judged) / len(judged), 3), round(max(samples, default=0.0), 1))


def _samples(process: "subprocess.Popen[bytes]") -> Iterator[float]:
    while process.poll() is None:
        yield _weight(process.pid)
        time.sleep(SAMPLE_EVERY)


def _weight(pid: int) -> float:
    """What the judge, its lab and their keepers hold; the grading command, and whoever is in a room, left out."""
    try:
        family = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return 0.0
    total = 0
    for member in family:
        try:
            if not _is_in_a_room(member.pid):
                total += member.memory_full_info().pss
        except (psutil.Error, OSError):
            continue
    return total / 2**20


def _is_in_a_room(pid: int) -> bool:
    lines: Sequence[str] = Path(f"/proc/{pid}/status").read_text().splitlines()
    depth = next(len(line.split()) for line in lines if line.startswith("NSpid:"))
    return depth > 3  # the label, our number, the cell's: one more is the room's
