"""The machine: room, memory, a loopback to listen on."""

import platform
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import Final

import psutil

from onduty.cli.console import short
from onduty.cli.examine.finding import Examination, readable
from onduty.course import files
from onduty.lab.machine.paths import cache_dir, new_run_dir

MEGABYTE: Final = 1 << 20
ROOM: Final = 300 * MEGABYTE
"""For the cached data directories of all chapters, and the run at hand."""
MEMORY: Final = 500 * MEGABYTE
"""The lab's 300 MB and a service of two processes."""


def python() -> tuple[bool, str]:
    """Which Python runs this."""
    system = f"{platform.system()} {platform.machine()}"
    return True, f"Python {platform.python_version()} on {system}, in {short(Path(sys.prefix))}"


def cache() -> tuple[bool, str]:
    """Where data directories are kept, and how much they take."""
    directory = cache_dir()
    size = sum(file.lstat().st_size for file in files.listing(directory).values())
    return True, f"{short(directory)}, {readable(size)}; it may be deleted at any time"


def run_directory() -> tuple[bool, str]:
    """Whether a run can have a directory of its own."""
    directory = new_run_dir()
    directory.rmdir()
    return True, f"runs live below {directory.parent}"


def disk() -> tuple[bool, str]:
    """Whether there is room where the lab writes."""
    free = {place: shutil.disk_usage(place).free for place in (cache_dir(), Path(tempfile.gettempdir()))}
    what = ", ".join(f"{readable(space)} free at {short(place)}" for place, space in free.items())
    return min(free.values()) >= ROOM, what


def memory() -> tuple[bool, str]:
    """Whether lab and service fit into memory."""
    available = psutil.virtual_memory().available
    return available >= MEMORY, f"{readable(available)} available"


def loopback() -> tuple[bool, str]:
    """Whether a process may listen on 127.0.0.1 and be reached there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True, f"127.0.0.1:{port} could be bound and reached"


EXAMINATIONS: Final = (
    Examination("python", "the Python that runs On Duty", "Install Python 3.11 or newer.", needed=True, look=python),
    Examination(
        "cache",
        "where databases are kept between runs",
        "Name a writable directory in ONDUTY_CACHE.",
        needed=True,
        look=cache,
    ),
    Examination(
        "run-directory",
        "a private directory for each run",
        "Name a writable directory with a short path in TMPDIR.",
        needed=True,
        look=run_directory,
    ),
    Examination(
        "disk",
        "free space for databases and runs",
        f"Free {ROOM // MEGABYTE} MB, or name roomier places in ONDUTY_CACHE and TMPDIR.",
        needed=True,
        look=disk,
    ),
    Examination(
        "memory",
        "memory for the lab and your service",
        f"Close something: the lab and your service want {MEMORY // MEGABYTE} MB.",
        needed=True,
        look=memory,
    ),
    Examination(
        "loopback",
        "listening on 127.0.0.1",
        "Let processes listen on 127.0.0.1: a sandbox, a firewall or a missing `lo` interface forbids it.",
        needed=True,
        look=loopback,
    ),
)
