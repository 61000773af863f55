"""What of a learner's files is handed in, and so deployed by a check: a pass here must be a pass there."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from onduty.cli.console import note
from onduty.course import files
from onduty.course.globs import matches

if TYPE_CHECKING:
    from onduty.checking.run import Target

FEW = 4


def tell_what_stays(targets: "Iterable[Target]") -> None:
    """Name the files that the learner added and no submission may hold."""
    for target in targets:
        if sentence := what_stays(target):
            note(sentence)


def what_stays(target: "Target") -> str:
    """The sentence that names them; empty where there are none."""
    given = files.listing(target.chapter.starter)
    added = [path for path in files.listing(target.app) if path not in given]
    stays = [path for path in added if not matches(path, target.chapter.submission)]
    if not stays:
        return ""
    shown = ", ".join(stays[:FEW]) + (f" and {len(stays) - FEW} more" if len(stays) > FEW else "")
    allowed = ", ".join(target.chapter.submission)
    return f"Not deployed, since {target.chapter.name} takes only {allowed}: {shown}."
