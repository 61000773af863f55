"""What the platform tells the service."""

import warnings
from typing import Annotated, Literal, Self

from fastapi import Depends, Request
from pydantic import Field, HttpUrl, PostgresDsn, Secret, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PATIENCE = 10


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)

    database_url: Secret[PostgresDsn]
    payments_url: HttpUrl
    payments_deadline: float = Field(ge=0.05, le=30)
    secret_key: SecretStr = Field(min_length=32)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"

    @model_validator(mode="after")
    def warn_of_a_long_deadline(self) -> Self:
        if self.payments_deadline > PATIENCE:
            told = f"PAYMENTS_DEADLINE is {self.payments_deadline:g} s, and a till waits for {PATIENCE}."
            warnings.warn(told, stacklevel=2)
        return self


def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


AppSettings = Annotated[Settings, Depends(get_settings)]
