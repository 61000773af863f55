"""`onduty dev hostile`."""

from onduty.cli.dev.checkout import checkout, keep


def hostile() -> int:
    """Publish the table of the hostile bank in docs/fragments/hostile.md."""
    from onduty.authoring.hostile import every_attack, table

    course = checkout()
    keep(course, "hostile.md", table(every_attack(course.root)))
    return 0
