"""The directory where learners' code lies is gone with whoever made it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from onduty.grading.place import private_place

HOLDS = """
import sys, time
from onduty.grading.place import private_place
with private_place() as place:
    (place / "learners-code.py").touch()
    print(place, flush=True)
    time.sleep(60)
"""
LONG_AGO = time.time() - 3600


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_place_is_gone_after_its_block(temporary: Path) -> None:
    with private_place() as place:
        (place / "app").mkdir()
        assert place.stat().st_mode & 0o777 == 0o711
    assert list(temporary.iterdir()) == []


def test_what_a_whole_job_left_that_was_killed_is_swept_by_the_next(temporary: Path) -> None:
    command = [sys.executable, "-c", HOLDS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"TMPDIR": str(temporary)}) as holder:
        place = Path((holder.stdout or sys.stdin).readline().strip())
        try:
            os.utime(place, (LONG_AGO, LONG_AGO))
            with private_place():
                assert place.exists()  # its holder lives
            children = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()
        finally:
            for pid in (*map(int, children), holder.pid):
                os.kill(pid, signal.SIGKILL)
    assert (place / "learners-code.py").exists()
    with private_place() as mine:
        assert list(temporary.iterdir()) == [mine]
