"""Keeps `pytest tests` out of the miniature course: its checks judge an app, they are no tests of the engine.

A run that names them (`pytest tests/mini/checks/… --app DIR`) collects them.
"""

from pathlib import Path

import pytest

CHECKS = Path(__file__).with_name("checks")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore the checks unless they were asked for."""
    named = any(Path(argument.partition("::")[0]).resolve().is_relative_to(CHECKS) for argument in config.args)
    return True if collection_path == CHECKS and not named else None
