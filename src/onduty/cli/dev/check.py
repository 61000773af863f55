"""`onduty dev check`."""

from onduty.cli.console import say
from onduty.cli.dev.checkout import checkout
from onduty.course.problems import CourseError


def check() -> int:
    """Hold the rules that can be read off the files: mirrored trees, hints, promises, the bank's completeness."""
    from onduty.authoring.rules import broken_rules

    try:
        broken = list(broken_rules(checkout()))
    except CourseError as error:
        # The other rules are read off what these files say.
        broken = error.problems
    for sentence in broken:
        say(sentence)
    say(f"{len(broken)} rule{'s' if len(broken) != 1 else ''} broken." if broken else "Every rule holds.")
    return int(bool(broken))
