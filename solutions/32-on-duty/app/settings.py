"""What the platform tells the service: read once, checked whole, before anything else starts (chapter 02)."""

import json
import sys
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AnyUrl,
    BeforeValidator,
    Field,
    HttpUrl,
    Secret,
    SecretStr,
    UrlConstraints,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PLACEHOLDER = "changeme"


def names_a_database(url: AnyUrl) -> AnyUrl:
    if not url.username or not (url.path or "").strip("/"):
        raise ValueError("should be postgresql://user:password@host:port/name")
    return url


def no_placeholder(key: SecretStr) -> SecretStr:
    if PLACEHOLDER in key.get_secret_value().lower():
        raise ValueError("is a placeholder; make one with `openssl rand -hex 32`")
    return key


def read_json_list(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise ValueError('should be a JSON list, such as ["https://shop.example"]') from None


def two_for_each_process(connections: int, told: ValidationInfo) -> int:
    needed = 2 * told.data.get("web_concurrency", 0)  # not there where it is refused itself
    if connections < needed:
        raise ValueError(f"should be at least {needed}: two for each of the WEB_CONCURRENCY processes")
    return connections


DatabaseUrl = Annotated[
    AnyUrl, UrlConstraints(allowed_schemes=["postgresql"], host_required=True), AfterValidator(names_a_database)
]
RedisUrl = Annotated[AnyUrl, UrlConstraints(allowed_schemes=["redis", "rediss"], host_required=True)]
SecretKey = Annotated[SecretStr, Field(min_length=32), AfterValidator(no_placeholder)]
Connections = Annotated[int, Field(ge=1), AfterValidator(two_for_each_process)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(read_json_list)]


class Settings(BaseSettings):
    """An empty variable counts as missing; a name that nobody knows does no harm; no error shows what was given."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    host: str
    port: int = Field(ge=1, le=65_535)
    environment: Literal["development", "production"] = "production"
    database_url: Secret[DatabaseUrl]
    redis_url: Secret[RedisUrl]
    payments_url: HttpUrl
    payments_deadline: float = Field(ge=0.05, le=30)
    mail_url: HttpUrl | None = None
    secret_key: SecretKey
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    order_lines_max: int = Field(default=20, ge=1, le=100)
    cors_origins: Origins = ()
    web_concurrency: int = Field(default=2, ge=1, le=32)
    database_connections: Connections = 20
    menu_ttl: int = Field(default=30, ge=0)
    session_rate: int = Field(default=10, ge=1)
    trusted_hops: int = Field(default=0, ge=0)
    metrics_token: SecretStr | None = None
    grace_seconds: float = Field(default=10, ge=1)

    @property
    def in_development(self) -> bool:
        return self.environment == "development"

    @property
    def connections_per_process(self) -> int:
        """Each worker has a pool of its own, and one connection for its readiness check (chapters 07 and 19)."""
        return self.database_connections // self.web_concurrency - 1

    @property
    def graceful_seconds(self) -> int:
        """How long gunicorn lets a worker end by itself: whole seconds, and one before the platform, where it can."""
        return max(1, int(self.grace_seconds - 1))

    @property
    def drain_seconds(self) -> float:
        """How long a process serves on after SIGTERM while it says "not ready" (chapter 20): the proxy asks twice."""
        return min(1.0, self.grace_seconds * 0.25)

    @property
    def finish_seconds(self) -> float:
        """How long the requests of then may take after that: what is left, but a second for closing what is open."""
        return self.graceful_seconds - self.drain_seconds - min(1.0, self.graceful_seconds * 0.125)


def load_settings() -> Settings:
    """The settings; or the end of the start, with one line on stderr for each bad variable and none of its value."""
    try:
        return Settings()
    except ValidationError as refused:
        lines = [f"  {str(error['loc'][0]).upper()}: {what_is_wrong(error)}" for error in refused.errors()]
        sys.exit("\n".join(["The service cannot start in this environment:", *lines]))


def what_is_wrong(error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return "is missing or empty"
    return error["msg"].removeprefix("Value error, ")
