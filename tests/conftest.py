"""How the tests run beside one another, and what this machine has: a test is skipped for what is missing, never for
what we broke.
"""

import os
import shutil
import subprocess
from collections.abc import Callable

import pytest

ASKED = {
    "bubblewrap": ("bwrap", "--ro-bind", "/", "/", "--unshare-all", "true"),
    "docker": ("docker", "info", "--format", "{{.SecurityOptions}}"),
}
OTHER_USERS = ("rootless", "userns")
"""Engines of which the users are not the machine's."""


@pytest.hookimpl(optionalhook=True)  # the miniature course's checks are judged without pytest-xdist
def pytest_xdist_auto_num_workers() -> int:
    """Two for a core: most of a test is waiting."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="session")
def lacking() -> Callable[[str], str]:
    """Say why a kind of sandbox cannot be made here; nothing where it can."""

    def why(provider: str) -> str:
        program, *words = ASKED[provider]
        if shutil.which(program) is None:
            return f"there is no {program} on PATH"
        asked = subprocess.run([program, *words], capture_output=True, text=True, timeout=30, check=False)
        if asked.returncode:
            return f"{program}: {asked.stderr.strip().rpartition(chr(10))[2]}"
        return next((f"{program} is {kind}" for kind in OTHER_USERS if kind in asked.stdout), "")

    return why
