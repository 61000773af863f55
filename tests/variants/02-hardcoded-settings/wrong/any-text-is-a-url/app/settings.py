"""What the platform tells the service: read once, and checked whole before anything else happens."""

import sys
from typing import Annotated, Literal

from fastapi import Depends, Request
from pydantic import AfterValidator, Field, PostgresDsn, Secret, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


def no_placeholder(key: SecretStr) -> SecretStr:
    if "changeme" in key.get_secret_value().lower():
        raise ValueError("Is a placeholder; make a key with `openssl rand -hex 32`")
    return key


class Settings(BaseSettings):
    # `extra`: a name in .env that nobody knows does no harm. `hide_input_in_errors`: pydantic quotes what it was given.
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True, frozen=True)

    environment: Literal["development", "production"] = "production"
    database_url: Secret[PostgresDsn]
    secret_key: Annotated[SecretStr, Field(min_length=32), AfterValidator(no_placeholder)]
    payments_url: str = Field(min_length=1)
    payments_deadline: float = Field(le=30)
    order_lines_max: int = Field(default=20, ge=1, le=100)


def load_settings() -> Settings:
    """The settings; or the end of the start, with a line for each variable that is wrong and none of its value."""
    try:
        return Settings()
    except ValidationError as refusal:
        problems = [f"  {str(error['loc'][0]).upper()}: {error['msg']}" for error in refusal.errors()]
        sys.exit("\n".join(["The service cannot start in this environment:", *problems]))


def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


AppSettings = Annotated[Settings, Depends(get_settings)]
