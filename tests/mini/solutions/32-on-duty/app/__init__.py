"""The whole till."""
