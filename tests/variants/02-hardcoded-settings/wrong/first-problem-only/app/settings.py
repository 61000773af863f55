"""What the platform tells the service, without a library: read from the environment, checked, frozen."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Request

T = TypeVar("T")


class Hidden:
    """A text that does not print itself."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_secret_value(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "**********"


@dataclass(frozen=True)
class Settings:
    database_url: Hidden
    secret_key: Hidden
    payments_url: str
    payments_deadline: float
    order_lines_max: int
    environment: str

    def shown(self) -> dict[str, Any]:
        values = {field.name.upper(): getattr(self, field.name) for field in fields(self)}
        return {name: str(value) if isinstance(value, Hidden) else value for name, value in values.items()}


def database_url(text: str) -> Hidden:
    url = urlsplit(text)
    if url.scheme != "postgresql" or not url.hostname or not url.path.strip("/"):
        raise ValueError("must be postgresql://user:password@host:port/name")
    return Hidden(text)


def secret_key(text: str) -> Hidden:
    if len(text) < 32:
        raise ValueError("must have 32 characters or more")
    if "changeme" in text:
        raise ValueError("is still the placeholder")
    return Hidden(text)


def web_address(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise ValueError("must be http://host:port")
    return text.rstrip("/")


def between(least: float, most: float, kind: Callable[[str], T]) -> Callable[[str], T]:
    def read(text: str) -> T:
        try:
            value: Any = kind(text)
        except ValueError:
            raise ValueError("must be a number") from None
        if not least <= value <= most:
            raise ValueError(f"must be {least} to {most}")
        return value

    return read


def one_of(*names: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"must be {' or '.join(names)}")
        return text

    return read


READERS: dict[str, tuple[Callable[[str], Any], str | None]] = {
    "database_url": (database_url, None),
    "secret_key": (secret_key, None),
    "payments_url": (web_address, None),
    "payments_deadline": (between(0.05, 30, float), None),
    "order_lines_max": (between(1, 100, int), "20"),
    "environment": (one_of("development", "production"), "production"),
}


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    values = {}
    for name, (read, default) in READERS.items():
        text = environment.get(name.upper()) or default
        if text is None:
            sys.exit(f"{name.upper()} is missing")
        try:
            values[name] = read(text)
        except ValueError as problem:
            sys.exit(f"{name.upper()} {problem}")
    return Settings(**values)


def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


AppSettings = Annotated[Settings, Depends(get_settings)]
