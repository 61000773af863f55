"""Servers as containers of the official images."""

from onduty.lab.providers.docker_postgres import postgres
from onduty.lab.providers.docker_valkey import valkey

__all__ = ["postgres", "valkey"]
