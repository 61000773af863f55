"""Servers that somebody names by URL."""

from onduty.lab.providers.url_postgres import postgres
from onduty.lab.providers.url_valkey import valkey

__all__ = ["postgres", "valkey"]
