"""Keeps pytest out of the attacks: one of them is a conftest.py that makes every test disappear."""

collect_ignore = ["attacks"]
