"""Whether the till lives."""


def live() -> tuple[int, dict[str, str]]:
    # TODO(01.1): what does the platform do when it reads this?
    return 500, {"status": "unsure"}
