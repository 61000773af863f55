"""Containers as a boundary: what a cell and its room can see and do, and that nothing of them outlives a job."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from onduty.course.catalog import Course
from onduty.grading.containers import keeper
from onduty.grading.containers.engine import Containers
from onduty.grading.isolation import isolation
from onduty.grading.model import Policy
from onduty.lab.hosting.family import is_alive

ROOM = """
import json, os, sys
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
others = [pid for pid in os.listdir("/proc") if pid.isdecimal() and os.stat(f"/proc/{pid}").st_uid != os.getuid()]
words = b"".join(open(f"/proc/{pid}/cmdline", "rb").read() for pid in others)
print(json.dumps({
    "capabilities": [status[name].strip(" 0\\t\\n") for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")],
    "gains none": status["NoNewPrivs"].strip(),
    "environment": sorted(os.environ.keys() - {"LC_CTYPE"}),
    "the course": [place for place in sys.argv[1:] if os.path.exists(place)],
    "the judge": b"--report-to" in words,
    "writable": [place for place in ("/", "/usr", "/etc", "/run", "/srv/onduty", ".") if os.access(place, os.W_OK)],
}))
"""
CELL = f"""
import asyncio, json, os, sys
from pathlib import Path
from onduty.grading.containers.rooms import ContainedRooms
first = {{
    "networks": sorted(line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line),
    "secrets": [name for name in os.environ if name in ("SECRET", "ONDUTY_JUDGE")],
    "homes": [place for place in ("/home", "/root/.ssh") if os.path.exists(place)],
}}
async def main():
    guests = json.loads(sys.argv[sys.argv.index("--room") + 1])["guests"]
    place = Path("/srv/onduty/service/app")
    place.mkdir(parents=True)
    command = [sys.executable, "-c", {ROOM!r}, os.environ["ONDUTY_COURSE"], "/var/cache/onduty", "/tmp/onduty-marker"]
    Path("/tmp/onduty-marker").touch()
    print(json.dumps(first), flush=True)
    rooms = ContainedRooms(range(*guests))
    process, _ = await rooms.launch(
        command, directory=place, environment={{"PORT": "1"}}, stdout=1, stderr=2
    )
    await process.wait()
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def cells(lacking) -> Iterator[Containers]:
    if reason := lacking("docker"):
        pytest.skip(reason)
    course = Course.load(Path(__file__).parents[1] / "mini")
    with isolation(course, Policy(isolation="docker"), required=True) as found:
        assert isinstance(found.confines, Containers)
        yield found.confines


@pytest.fixture
def confined(cells: Containers, tmp_path: Path):
    """The command that runs a script in a cell, in place of the judge."""

    def confine(script: str) -> list[str]:
        place = tmp_path / "app"
        place.mkdir()
        (place / "inside.py").write_text(script)
        judge = [
            sys.executable,
            "-P",
            "-m",
            "cProfile",
            "-o",
            "/dev/null",
            str(place / "inside.py"),
            "--report-to",
            "1",
        ]
        return cells(judge, place)

    return confine


def test_a_cell_has_a_network_of_its_own_and_a_room_has_nothing_but_its_place(confined, monkeypatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    done = subprocess.run(confined(CELL), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert not done.stderr
    cell, room = map(json.loads, done.stdout.splitlines())
    assert cell == {"networks": ["lo"], "secrets": [], "homes": []}
    assert room == {
        "capabilities": ["", "", "", ""],
        "gains none": "1",
        "environment": ["PORT"],
        "the course": [],
        "the judge": False,
        "writable": ["."],
    }


@pytest.mark.parametrize("victims", ["whoever started it", "its keeper, too"])
def test_no_container_outlives_those_who_answer_for_it(victims: str, cells: Containers, confined) -> None:
    starts = f"import subprocess; subprocess.run({confined('import time; time.sleep(600)')!r})"
    starter = subprocess.Popen([sys.executable, "-c", starts], stdin=subprocess.DEVNULL, start_new_session=True)
    keeping = until(lambda: next(iter(psutil.Process(starter.pid).children()), None))
    mine = until(
        lambda: [name for name, owner in keeper.marked("docker", "container") if f"/{keeping.pid}/" in owner][1:]
    )
    if victims != "whoever started it":
        keeping.kill()
    starter.kill()
    starter.wait()
    until(lambda: not is_alive(keeping))
    if victims != "whoever started it":
        keeper.sweep("docker")
    left = [name for kind in ("container", "volume") for name, _ in keeper.marked("docker", kind)]
    assert not [name for name in left if name.startswith(mine[0].rpartition("-")[0])]


def until(found, within: float = 30.0):
    deadline = time.monotonic() + within
    while not (it := found()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return it
