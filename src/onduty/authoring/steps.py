"""The service after each step, as something to look at."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from onduty.authoring.looks import Known
from onduty.course.steps import Build


@contextmanager
def stages(build: Build, counts: Iterable[int]) -> Iterator[list[Known]]:
    """The service after each of these numbers of steps; gone after the block."""
    with TemporaryDirectory(prefix="onduty-steps-") as place:
        yield [
            Known(
                f"{count:2} {build.steps[count - 1].name if count else 'the starter'}",
                build.write(count, Path(place, str(count), build.service.name)),
                build.lit(count),
            )
            for count in counts
        ]
