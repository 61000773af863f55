"""Nobody gets more memory than the limit by spreading it, hiding it or dying at the right moment."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from onduty.checking.judge import Job, Judge
from onduty.course.catalog import Course
from onduty.grading import memory
from onduty.grading.memory import Watch


@pytest.fixture
def sleepers() -> Iterator[list[psutil.Process]]:
    """Two processes that do nothing; whoever is still there afterwards is ended."""
    started = [subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]) for _ in range(2)]
    yield [psutil.Process(each.pid) for each in started]
    for each in started:
        each.kill()
        each.wait()


def test_a_process_that_ends_before_it_is_killed_saves_nobody_else(mini: Course, sleepers, monkeypatch) -> None:
    gone, greedy = sleepers
    gone.kill()
    gone.wait(10)
    monkeypatch.setattr(memory, "_members", lambda _: ([(gone, 1 << 20), (greedy, 1 << 20)], []))
    judge = Judge(Job(mini.chapters[0], Path(), "submission", 1))
    monkeypatch.setattr(Judge, "pid", 1)
    with Watch(judge, 1024) as watch:
        deadline = time.monotonic() + 10
        while greedy.is_running() and greedy.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert watch.exceeded


def test_where_no_process_has_a_status_nobody_is_counted_or_killed(
    mini: Course, sleepers, monkeypatch, tmp_path: Path
) -> None:
    looked = []

    def nowhere(file: str) -> Path:
        looked.append(file)
        return tmp_path / "no-proc"

    monkeypatch.setattr(memory, "Path", nowhere)
    monkeypatch.setattr(memory, "LOOK_EVERY", 0.01)
    judge = Judge(Job(mini.chapters[0], tmp_path, "submission", 1))
    monkeypatch.setattr(Judge, "pid", psutil.Process().pid)
    with Watch(judge, 0) as watch:
        deadline = time.monotonic() + 10
        while len(looked) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert (watch.exceeded, watch.exceeded_around) == (False, False)
    assert all(sleeper.is_running() for sleeper in sleepers)
