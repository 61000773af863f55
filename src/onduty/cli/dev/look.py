"""Looks at the lights of services, and tells what is not as it must be."""

from typing import TYPE_CHECKING

from onduty.cli.console import say
from onduty.course.catalog import Course

if TYPE_CHECKING:
    from onduty.authoring.looks import Known


def look(course: Course, services: "list[Known]", jobs: int | None, seed: int | None) -> int:
    """Look at every light of the services; returns the exit code."""
    from onduty.authoring.looks import Seen, look_at, side_by_side
    from onduty.checking.seeds import new_seed

    given = seed if seed is not None else new_seed()

    def on_seen(seen: Seen) -> None:
        say(f"{seen.drawn}  {seen.service.name}  ", ("ok", "green") if not seen.wrong else ("wrong", "red"))
        for wrong in seen.wrong:
            say(f"   {wrong.told}")

    found = look_at(
        course,
        services,
        jobs=jobs or side_by_side(),
        seed=given,
        on_seen=on_seen,
    )
    faults = sum(len(seen.wrong) for seen in found)
    say(f"{len(found)} services, {sum(len(seen.looks) for seen in found)} looks, {faults} of them wrong; seed {given}.")
    return int(bool(faults))
