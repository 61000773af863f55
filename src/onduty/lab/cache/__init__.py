"""Valkey: the server, who may do what in it, and what a check may do with it."""
