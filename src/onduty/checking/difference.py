"""Where an answer is not what it should be."""

import reprlib
from datetime import datetime
from typing import Any


def difference(shown: Any, true: Any, where: str = "") -> str | None:
    """The first place where a JSON body is not what the tables say, in words; None where it says the same.

    An object may hold more fields than it should. Where a time is expected, any way of writing it will do.
    """
    if isinstance(true, dict) and isinstance(shown, dict):
        found = (difference(shown.get(name), true[name], f"{where}.{name}".lstrip(".")) for name in true)
        return next(filter(None, found), None)
    if isinstance(true, list) and isinstance(shown, list) and len(shown) == len(true):
        pairs = enumerate(zip(shown, true, strict=True))
        return next(filter(None, (difference(*pair, f"{where}[{nth}]") for nth, pair in pairs)), None)
    if isinstance(true, list) and isinstance(shown, list):
        return f"`{where}` holds {len(shown)}, the tables say {len(true)}"
    if shown == true or (isinstance(true, datetime) and _moment(shown) == true):
        return None
    expected = true.isoformat() if isinstance(true, datetime) else reprlib.repr(true)
    name = f"`{where}`" if where else "the body"
    return f"{name} is {reprlib.repr(shown)}, the tables say {expected}"


def _moment(shown: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(shown)
    except (TypeError, ValueError):
        return None
