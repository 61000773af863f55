"""`onduty dev whole`."""

from onduty.cli.dev.checkout import checkout
from onduty.cli.dev.look import look
from onduty.cli.dev.options import NO_ENTRY, Jobs, Only
from onduty.cli.options import Seed
from onduty.course.problems import Problem


def whole(*, only: Only = None, jobs: Jobs = None, seed: Seed = None) -> int:
    """Grade the bank of the whole service: right ones light everything, in a wrong one exactly one light is out."""
    from onduty.authoring.whole_bank import whole_variants, written

    course = checkout()
    variants = [each for each in whole_variants(course) if not only or any(text in each.name for text in only)]
    if not variants:
        raise Problem(NO_ENTRY.format(command="whole"))
    with written(course, variants) as services:
        return look(course, services, jobs, seed)
