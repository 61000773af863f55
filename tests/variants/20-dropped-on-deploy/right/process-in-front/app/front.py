"""Runs a server and stops it as a platform with a preStop hook would: `python -m app.front COMMAND…`."""

import signal
import subprocess
import sys
import time

from app.health import LEAVING


def stop(*_: object) -> None:
    LEAVING.touch()
    time.sleep(1)
    server.terminate()


LEAVING.unlink(missing_ok=True)
server = subprocess.Popen(sys.argv[1:])
signal.signal(signal.SIGTERM, stop)
sys.exit(server.wait())
