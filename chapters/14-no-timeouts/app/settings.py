"""What the platform tells the service."""

from pydantic import Field, HttpUrl, PostgresDsn, Secret
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)

    database_url: Secret[PostgresDsn]
    payments_url: HttpUrl
    payments_deadline: float = Field(ge=0.05, le=30)
