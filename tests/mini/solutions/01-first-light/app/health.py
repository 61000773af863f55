"""Whether the till lives."""


def live() -> tuple[int, dict[str, str]]:
    return 200, {"status": "live"}
