"""The variables that name servers for `--lab url`."""

from __future__ import annotations

import os

from onduty.lab.unmet import NotGraded

POSTGRES_URL = "ONDUTY_POSTGRES_URL"
REDIS_URL = "ONDUTY_REDIS_URL"


def named(variable: str, what: str) -> str:
    """Return the URL that a variable holds."""
    value = os.environ.get(variable)
    if not value:
        message = f"`--lab url` needs {variable}, the URL {what}."
        raise NotGraded(message)
    return value
