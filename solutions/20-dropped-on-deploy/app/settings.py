"""What the platform tells the service."""

from pydantic import Field, HttpUrl, PostgresDsn
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    database_url: PostgresDsn
    payments_url: HttpUrl
    payments_deadline: float = Field(ge=0.05, le=30)
