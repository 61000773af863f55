"""What stands between the grader and a submission is tried before it is trusted, and its absence is said aloud."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from onduty.course.catalog import Course
from onduty.course.problems import NotPossibleHere, Problem
from onduty.grading import probe
from onduty.grading.boundary import Boundary
from onduty.grading.isolation import Unavailable, _try, isolation
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
    command = boundary.cell(["sh", "-c", INVENTORY], boundary.names)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"SECRET": "x"})
    words = done.stdout.split()
    assert words[:2] == ["lo", "1000"], done.stderr
    assert "SECRET" not in words
    assert int(words[-1]) < 12


def test_a_room_sees_neither_course_nor_engine_nor_whoever_made_it(boundary_here, mini: Course) -> None:
    boundary = boundary_here.confines.boundary
    room = boundary.room(["sh", "-c", f"ls {mini.root}; touch /usr/x"], Path("/tmp/service/app"))
    command = boundary.cell(["sh", "-c", 'mkdir -p /tmp/service/app; exec "$@"', "room", *room], boundary.names)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "test_first_light" not in done.stdout
    assert f"cannot access '{mini.root}'" in done.stderr
    assert "Read-only file system" in done.stderr


def test_a_cell_ends_with_whoever_started_it(boundary_here) -> None:
    boundary = boundary_here.confines.boundary
    starts = f"import subprocess; subprocess.run({boundary.cell(['sleep', '600'], boundary.names)!r})"
    starter = subprocess.Popen([sys.executable, "-c", starts])
    deadline = time.monotonic() + 20
    while not (
        asleep := [each for each in psutil.Process(starter.pid).children(recursive=True) if each.name() == "sleep"]
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    starter.kill()
    starter.wait()
    _, alive = psutil.wait_procs(asleep, timeout=5)
    for each in alive:
        each.kill()
    assert not alive


LOOK = "import os, sys; print([name for place in sys.argv[1:] for _, _, names in os.walk(place) for name in names])"


def shown(course: Path, boundary: Boundary) -> str:
    """The files below a course that a room can list."""
    trees = [str(course / name) for name in ("chapters", "checks", "solutions", "tests", "workspace")]
    room = boundary.room([sys.executable, "-I", "-S", "-c", LOOK, *trees], Path("/srv/onduty/one/app"))
    enter = ["sh", "-c", 'mkdir -p /srv/onduty/one/app; exec "$@"', "room", *room]
    command = boundary.cell(enter, boundary.names)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("place", ["in the environment", "in the system", "around the environment", "behind a link"])
def test_a_room_sees_nothing_of_a_course_beside_the_libraries(
    place, boundary_here, mini: Course, monkeypatch, tmp_path
):
    above = Path("/usr/src" if place == "in the system" else sys.prefix)
    if not os.access(above, os.W_OK):
        pytest.skip(f"{above} cannot be written")
    with tempfile.TemporaryDirectory(dir=above, prefix="onduty-test-") as made:
        root = Path(made)
        root.chmod(0o755)
        shutil.copytree(mini.root, root, dirs_exist_ok=True)
        (root / "workspace").mkdir()
        (root / "workspace" / "mine.py").touch()
        if place == "around the environment":
            venv.create(root, symlinks=True)
            monkeypatch.setattr(sys, "prefix", str(root))
            monkeypatch.setattr(sys, "executable", str(root / "bin" / "python"))
        elif place == "behind a link":
            (tmp_path / "course").symlink_to(root)
            root = tmp_path / "course"
        assert shown(root, replace(boundary_here.confines.boundary, course=root)) == "[]"


def test_a_course_beside_the_libraries_can_be_graded(mini: Course, monkeypatch, tmp_path: Path, lacking) -> None:
    if reason := lacking("bubblewrap"):
        pytest.skip(reason)
    monkeypatch.setenv("ONDUTY_CACHE", str(tmp_path / "cache"))
    with tempfile.TemporaryDirectory(dir=sys.prefix, prefix="onduty-test-") as made:
        Path(made).chmod(0o755)
        shutil.copytree(mini.root, made, dirs_exist_ok=True)
        with isolation(Course.load(Path(made)), Policy(isolation="bubblewrap"), required=True) as found:
            assert found.isolation.provider == "bubblewrap"


def test_a_room_that_shows_the_checks_is_found_out_before_anything_is_graded(boundary_here, mini: Course) -> None:
    with tempfile.TemporaryDirectory(dir=sys.prefix, prefix="onduty-test-") as course:
        Path(course).chmod(0o755)
        shutil.copytree(mini.root / "checks", Path(course) / "checks")
        boundary = boundary_here.confines.boundary
        look = [sys.executable, "-P", "-m", probe.__name__, course, "--room", boundary.to_json()]
        done = subprocess.run(boundary.cell(look, boundary.names), capture_output=True, text=True, check=False)
        assert f"{course} can be read in the room" in done.stderr


def test_a_course_that_is_the_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="move it into a directory of its own"):
        _try(lambda command, _: list(command), Path("/usr"), tmp_path)
