"""What stands between the grader and a submission is tried before it is trusted, and its absence is said aloud."""

import os
import subprocess
from pathlib import Path

import pytest

from onduty.course.catalog import Course
from onduty.course.problems import NotPossibleHere, Problem
from onduty.grading.isolation import isolation
from onduty.grading.model import Policy


@pytest.fixture
def boundary_here(mini: Course, monkeypatch, tmp_path: Path, lacking):
    if reason := lacking("bubblewrap"):
        pytest.skip(reason)
    monkeypatch.setenv("ONDUTY_CACHE", str(tmp_path / "cache"))
    with isolation(mini, Policy(), required=True) as found:
        assert found.isolation.provider == "bubblewrap"
        yield found


def test_a_machine_without_bubblewrap_says_so_and_grades_nothing_where_it_must_be(mini: Course, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with isolation(mini, Policy(), required=False) as found:
        assert found.confines is None
        assert found.isolation.provider == "none"
        assert "bubblewrap" in (found.isolation.why or "")
    for policy, required in (
        (Policy(), True),
        (Policy(isolation="bubblewrap"), False),
        (Policy(isolation="docker"), False),
    ):
        with (
            pytest.raises(NotPossibleHere, match="There is no isolation here"),
            isolation(mini, policy, required=required),
        ):
            pass


def test_a_sandbox_that_does_not_start_is_told_in_its_own_words(mini: Course, monkeypatch, tmp_path: Path) -> None:
    for name in ("bwrap", "setpriv"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")
    with (
        pytest.raises(NotPossibleHere, match="setting up uid map: Permission denied"),
        isolation(mini, Policy(isolation="bubblewrap"), required=False),
    ):
        pass


def test_a_lab_elsewhere_cannot_be_confined(mini: Course) -> None:
    with pytest.raises(Problem, match="--lab url lies outside"), isolation(mini, Policy(lab="url"), required=False):
        pass


INVENTORY = """
tail -n +3 /proc/net/dev | cut -d: -f1
id -u
env | cut -d= -f1
ls /home /root 2>&1
ls /proc | grep -c '^[0-9]*$'
"""


def test_a_cell_has_no_network_no_home_and_no_environment_but_its_own(boundary_here, mini: Course) -> None:
    boundary = boundary_here.confines.boundary
    command = boundary.cell(["sh", "-c", INVENTORY], mini.root, boundary.names)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"SECRET": "x"})
    words = done.stdout.split()
    assert words[:2] == ["lo", "1000"], done.stderr
    assert "SECRET" not in words
    assert int(words[-1]) < 12


def test_a_room_sees_neither_course_nor_engine_nor_whoever_made_it(boundary_here, mini: Course) -> None:
    boundary = boundary_here.confines.boundary
    room = boundary.room(["sh", "-c", f"ls {mini.root}; touch /usr/x"], Path("/tmp/service/app"))
    command = boundary.cell(
        ["sh", "-c", 'mkdir -p /tmp/service/app; exec "$@"', "room", *room], mini.root, boundary.names
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "test_first_light" not in done.stdout
    assert f"cannot access '{mini.root}'" in done.stderr
    assert "Read-only file system" in done.stderr
