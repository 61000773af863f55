"""`--render FORM=FILE`, as several commands have it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from onduty.cli.console import note
from onduty.course.problems import Problem

if TYPE_CHECKING:
    from onduty.reports.model import Report
    from onduty.reports.renderings import Rendering
    from onduty.reports.sheet import Sheet


def parse_renderings(given: Sequence[str] | None) -> "list[Rendering]":
    """Read the option before anything is run: a slip in it must not cost a night of grading."""
    if not given:
        return []
    from onduty.reports.renderings import Rendering

    return [Rendering.parse(each) for each in given]


def write_renderings(renderings: "Sequence[Rendering]", sheets: "Sequence[Sheet]", json: Callable[[], str]) -> None:
    for rendering in renderings:
        try:
            left_out = rendering.write(sheets, json)
        except OSError as error:
            raise Problem(f"{rendering.path} cannot be written ({error.strerror}). Name another file.") from None
        for sentence in left_out:
            note(sentence)


def write_own(renderings: "Sequence[Rendering]", report: "Report") -> None:
    """The renderings of one's own report."""
    if renderings:
        from onduty.reports.sheet import Sheet

        write_renderings(renderings, [Sheet.of(report)], lambda: report.model_dump_json(indent=2) + "\n")
