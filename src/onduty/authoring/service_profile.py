"""Where the processor time of a service's workers goes: sampled by py-spy, told by package."""

import asyncio
import re
import shutil
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from onduty.course.problems import NotPossibleHere

THIRD_PARTY: Final = re.compile(r"\(.*/site-packages/(\w+)")
STANDARD: Final = re.compile(r"\((<|.*/lib/python3[^/]*/)")
TURN_OF_THE_LOOP: Final = "_run_once ("
APP: Final = "the app"
LOOP: Final = "asyncio"


def spy() -> str:
    """Where py-spy is."""
    found = shutil.which("py-spy", path=Path(sys.executable).parent) or shutil.which("py-spy")
    if found is None:
        raise NotPossibleHere("py-spy is missing: `uv sync --group dev` installs it.")
    return found


async def sampled(workers: Collection[int], seconds: float) -> Mapping[str, float]:
    """How much of what these processes do is whose, 0 to 1; the costliest first."""
    with TemporaryDirectory(prefix="onduty-profile-") as place:
        await asyncio.gather(*(_record(pid, seconds, Path(place, str(pid))) for pid in workers))
        return shares(_lines(Path(place)))


async def _record(pid: int, seconds: float, into: Path) -> None:
    options = ("--format", "raw", "--full-filenames", "--duration", str(round(seconds)), "--output", str(into))
    recorder = await asyncio.create_subprocess_exec(
        *(spy(), "record", "--pid", str(pid), *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await recorder.communicate()
    if recorder.returncode != 0:
        reason = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise NotPossibleHere(f"py-spy may not look at a process here: {reason}")


def _lines(place: Path) -> Iterator[str]:
    for file in place.iterdir():
        yield from file.read_text(encoding="utf-8").splitlines()


def shares(stacks: Iterable[str]) -> Mapping[str, float]:
    """The share of each package in these lines: frames from the outermost to the innermost, and how often."""
    samples: Counter[str] = Counter()
    for line in stacks:
        frames, _, count = line.rpartition(" ")
        samples[owner(frames.split(";"))] += int(count)
    return {package: count / samples.total() for package, count in samples.most_common()}


def owner(frames: Sequence[str]) -> str:
    """The package of the innermost frame that is not the standard library's, which works for whoever calls it."""
    for frame in reversed(frames):
        if third_party := THIRD_PARTY.search(frame):
            return third_party[1]
        if TURN_OF_THE_LOOP in frame:
            return LOOP
        if not STANDARD.search(frame):
            return APP
    return LOOP
