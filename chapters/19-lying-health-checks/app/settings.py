"""What the platform tells the service."""

from pydantic import Field, PostgresDsn, RedisDsn, Secret
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)

    database_url: Secret[PostgresDsn]
    redis_url: Secret[RedisDsn]
    menu_ttl: int = Field(default=30, ge=0)
