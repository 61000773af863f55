"""Every attack of the bank is graded for real, among honest neighbours: it gains nothing, and harms nobody."""

import csv
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest
from markdown_it import MarkdownIt

from onduty.authoring.hostile import COURSES, NOT_HANDED_IN, Attack, every_attack, table
from onduty.checking.task import names_in
from onduty.course.catalog import Course
from onduty.grading.containers import keeper
from onduty.grading.ledger import Ledger
from onduty.grading.model import Result
from onduty.reports.verdict import Verdict

ROOT = Path(__file__).parents[2]
ATTACKS = every_attack(ROOT)
CANARY = "canary-4711-never-to-be-seen"
LIMITS = ("--memory", "256", "--processes", "48", "--disk", "32", "--file-size", "8", "--cpu", "5")
SECONDS = {"bubblewrap": 12, "docker": 60}
"""The time limit of a submission: an engine takes its time to make and to remove containers."""
AROUND = 13
"""Seconds for what is around it."""
NOT_POSSIBLE = 3
GRADE = [Path(sys.executable).with_name("onduty"), "grade"]
DEPOSITS = ("hog-*", "results.json", "result.json", "report.json", "junit.xml", "ledger.json", "gained", "*slip.py")
pytestmark = pytest.mark.hostile


OUR_ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "main", "section", "div", "span", "p", "a", "h1", "h2", "h3", "strong", "pre",
    "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "ol", "li", "dl", "dt", "dd", "blockquote",
    "figure", "figcaption", "svg", "title", "desc", "g", "rect", "line", "text", "circle", "path",
}
"""Of a page and of a job's summary."""


class Outside:
    """Listens where no submission may come: on a port and under names, for connections and for datagrams."""

    def __init__(self, place: Path) -> None:
        self._open: list[socket.socket] = []
        port = self._listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)).getsockname()[1]
        self.known = {"PORT": str(port), "SOCKET": str(place / "socket")}
        self._listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", port))
        for kind, ending in ((socket.SOCK_STREAM, ""), (socket.SOCK_DGRAM, "-datagrams")):
            self._listen(socket.AF_UNIX, kind, f"{place / 'socket'}{ending}")
            Path(f"{place / 'socket'}{ending}").chmod(0o777)
            if sys.platform == "linux":
                self._listen(socket.AF_UNIX, kind, f"\0onduty-hostile-{port}")

    def _listen(self, family: int, kind: int, address: object) -> socket.socket:
        self._open.append(socket.socket(family, kind))
        self._open[-1].setblocking(False)
        self._open[-1].bind(address)
        if kind == socket.SOCK_STREAM:
            self._open[-1].listen()
        return self._open[-1]

    def arrived(self) -> list[object]:
        """The addresses at which somebody came, or said something."""
        found = []
        for each in self._open:
            with suppress(BlockingIOError):
                if each.type == socket.SOCK_STREAM:
                    each.accept()[0].close()
                else:
                    each.recv(1)
                found.append((each.type, each.getsockname()))
        return found

    def close(self) -> None:
        for each in self._open:
            each.close()


class Batch:
    """One run of `onduty grade` over every attack on a chapter, honest work before, between and after them."""

    def __init__(self, chapter: str, provider: str, place: Path) -> None:
        self.chapter, self.provider, self.place = chapter, provider, place
        self.course = Course.load((ROOT / COURSES[chapter]).resolve())
        self.out = place / "out"
        self.attacks = [attack for attack in ATTACKS if attack.chapter == chapter]
        self.outside = Outside(place)
        self.results: dict[str, Result] = {}
        self.seconds = 0.0

    def run(self) -> None:
        known = {
            "OUT": str(self.out),
            "COURSE": str(self.course.root),
            "PID": str(os.getpid()),
            **self.outside.known,
        }
        handed_in = self.place / "handed-in"
        handed_in.mkdir()
        self.handed_in = {attack.name: attack.hand_in(handed_in, known).name for attack in self.attacks}
        for name in ("aaa-honest", "mmm-honest", "zzz-honest"):
            solution = self.course.root / "solutions" / self.chapter
            shutil.copytree(solution, handed_in / name / self.chapter, ignore=NOT_HANDED_IN)
            procfile = handed_in / name / self.chapter / "Procfile"
            procfile.write_text(f"# {name}\n{procfile.read_text()}")
        roster = self.written_roster()
        self.before = state(self.course)
        self.processes = {process.pid for process in psutil.process_iter()}
        self.mounts = Path("/proc/self/mounts").read_text() if sys.platform == "linux" else ""
        self.temporary = self.place / "temporary"
        self.temporary.mkdir()
        self.deposits = deposits()
        self.memory = unguarded()
        started = time.monotonic()
        self.done = subprocess.run(
            [*GRADE, "handed-in", "--out", "out", "--jobs", "2", "--chapter", self.chapter, "--isolation", self.provider,
             "--time-limit", str(SECONDS[self.provider]), *LIMITS, *roster],
            cwd=self.place, capture_output=True, timeout=900, check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(self.place), "ONDUTY_COURSE": str(self.course.root), "CANARY_TOKEN": CANARY,
                 "TMPDIR": str(self.temporary)},
        )
        self.seconds = time.monotonic() - started
        assert self.done.returncode != NOT_POSSIBLE, self.done.stderr.decode()
        self.results = {Path(result.source).name: result for result in Ledger.find(self.out).results()}

    def written_roster(self) -> list[str]:
        """The options that name the roster, where somebody is on it."""
        lines = [{"submission": self.handed_in[attack.name], **attack.roster} for attack in self.attacks if attack.roster]
        if not lines:
            return []
        with (self.place / "roster.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(dict.fromkeys(name for line in lines for name in line)))
            table.writeheader()
            table.writerows(lines)
        return ["--roster", "roster.csv"]

    @property
    def names(self) -> set[str]:
        """Of everybody in the ledger, for people."""
        return {result.learner.name for result in self.results.values()}

    def rendered(self, form: str) -> str:
        """What `--render` makes of the ledger, as it stands in the file."""
        subprocess.run([*GRADE, "--out", "out", "--render", f"{form}=rendered.{form}"], cwd=self.place, check=True,
                       env={"PATH": os.environ["PATH"], "HOME": str(self.place), "ONDUTY_COURSE": str(self.course.root)})
        return (self.place / f"rendered.{form}").read_bytes().decode()


@pytest.fixture(scope="session", params=["bubblewrap", "docker"])
def provider(request, lacking) -> str:
    if reason := lacking(request.param):
        # Without isolation some of these would end every process of whoever runs this.
        pytest.skip(reason)
    return request.param


@pytest.fixture(scope="session")
def graded(provider, tmp_path_factory) -> Iterator[Callable[[str], Batch]]:
    """The batch of a chapter, graded when it is asked for the first time."""
    batches: dict[str, Batch] = {}

    def of(chapter: str) -> Batch:
        if chapter not in batches:
            batches[chapter] = Batch(chapter, provider, tmp_path_factory.mktemp("hostile"))
            batches[chapter].run()
        return batches[chapter]

    yield of
    for batch in batches.values():
        batch.outside.close()


@pytest.fixture(params=COURSES)
def batch(request, graded) -> Batch:
    return graded(request.param)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gains_nothing_and_its_report_is_complete(graded: Callable[[Path], Batch], attack: Attack) -> None:
    batch = graded(attack.chapter)
    if attack.bubblewrap_only and batch.provider != "bubblewrap":
        pytest.skip("Docker does not hold it: docs/grading/boundary.md says so")
    result = batch.results[batch.handed_in[attack.name]]
    (chapter,) = result.run.report.chapters
    seen = [(check.id, check.verdict) for check in chapter.checks]
    assert sorted(check.id for check in chapter.checks) == sorted(names_in(batch.course.find(attack.chapter).checks)), seen
    earned = sum(task.earned for task in chapter.tasks)
    assert earned <= attack.earns, seen
    assert Verdict.GRADER_ERROR not in {check.verdict for check in chapter.checks}, seen
    assert not set(attack.verdicts) - {check.verdict for check in chapter.checks}, seen
    assert result.run.seconds < SECONDS[batch.provider] + AROUND
    assert CANARY not in result.run.model_dump_json()
    assert attack.shows in result.run.model_dump_json()
    assert "GAINED" not in result.run.model_dump_json()
    assert result.run.isolation.provider == batch.provider


def test_the_neighbours_keep_what_they_earned(batch: Batch) -> None:
    for name in ("aaa-honest", "mmm-honest", "zzz-honest"):
        verdicts = [check.verdict for check in batch.results[name].run.report.chapters[0].checks]
        assert set(verdicts) == {Verdict.PASSED}, name


def test_nothing_outside_was_touched_or_reached(batch: Batch) -> None:
    assert state(batch.course) == batch.before
    assert sorted(path.name for path in batch.out.iterdir()) in (
        ["handins", "ledger.json", "runs"], ["handins", "ledger.json", "runs", "unsettled"],
    )
    assert batch.outside.arrived() == []


def test_nothing_is_left_behind(batch: Batch) -> None:
    left = [process for process in psutil.process_iter(["pid", "cmdline"]) if process.pid not in batch.processes and is_ours(batch, process)]
    assert left == []
    if sys.platform == "linux":
        assert Path("/proc/self/mounts").read_text() == batch.mounts
    assert list(batch.temporary.iterdir()) == []
    assert deposits() - batch.deposits == set()
    deadline = time.monotonic() + SECONDS[batch.provider]
    unswept = unguarded() - batch.memory
    while unswept := unswept & unguarded():
        assert time.monotonic() < deadline, unswept
        time.sleep(0.5)
    while batch.provider == "docker" and (held := contained()):
        assert time.monotonic() < deadline, held
        time.sleep(0.5)


def test_what_is_shown_steers_nothing(batch: Batch) -> None:
    shown = batch.done.stdout.decode() + batch.done.stderr.decode()
    assert batch.done.returncode == 0, shown
    assert "Traceback" not in shown
    assert all(line.isprintable() for line in shown.splitlines())
    assert not [line for line in shown.splitlines() if line.lstrip().startswith(("::", "##"))]


def test_a_grade_book_of_hostile_names_holds_no_formula(batch: Batch) -> None:
    headings, *rows = csv.reader(batch.rendered("csv").splitlines())
    assert len(rows) == len(batch.results)
    assert [cell for row in [headings, *rows] for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))] == []
    assert {name.removeprefix("'") for _, name, *_ in rows} == batch.names


def test_a_page_of_hostile_names_has_only_our_elements(batch: Batch) -> None:
    page = Elements()
    page.feed(batch.rendered("html"))
    page.close()
    assert page.names <= OUR_ELEMENTS, page.names - OUR_ELEMENTS
    assert page.addresses == {f"#of-{result.learner.id}" for result in batch.results.values()}
    assert not {name for name in page.attributes if name.startswith("on") or name in {"src", "srcdoc", "action"}}
    assert batch.names <= page.texts


def test_a_jobs_summary_of_hostile_names_is_a_table_and_our_markup(batch: Batch) -> None:
    summary = batch.rendered("github")
    assert [line for line in summary.splitlines() if line.lstrip().startswith("::") or "##[" in line] == []
    shown = Elements()
    shown.feed(MarkdownIt("gfm-like", {"linkify": False}).render(summary))
    shown.close()
    assert shown.names <= OUR_ELEMENTS, shown.names - OUR_ELEMENTS
    assert shown.addresses == set()
    assert batch.names <= shown.texts


def test_junit_of_hostile_names_is_well_formed_and_theirs_are_file_names(batch: Batch) -> None:
    suites = ElementTree.fromstring(batch.rendered("junit"))
    assert {element.tag for element in suites.iter()} <= {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "skipped", "error",
    }
    assert len(suites) == len(batch.results)
    for suite in suites:
        learner, _, chapter = suite.get("name").partition("/")
        assert (chapter, re.sub(r"[\w.-]", "", learner)) == (batch.chapter, ""), learner


@pytest.mark.parametrize("lacking", [(), ("solutions",)], ids=["the solution", "the checks"])
def test_without_isolation_the_course_can_be_read_and_the_report_says_so(lacking: tuple[str, ...], tmp_path: Path) -> None:
    """What isolation is for: the attack works, by the solution or by the checks alone."""
    attack = named("reads-the-solution")
    course = tmp_path / "course"
    shutil.copytree(attack.course, course, ignore=shutil.ignore_patterns("__pycache__", *lacking))
    done, result = graded_without_isolation(attack, tmp_path, course, {"COURSE": str(course)})
    assert done.stderr.startswith("WARNING: isolation: none, since it was asked for")
    assert (result.run.isolation.provider, result.run.isolation.why) == ("none", "it was asked for with --isolation none")
    assert sum(task.earned for task in result.run.report.chapters[0].tasks) == 15


def test_without_isolation_what_calls_home_arrives_at_every_door(tmp_path: Path) -> None:
    attack = named("calls-home")
    outside = Outside(tmp_path)
    try:
        graded_without_isolation(attack, tmp_path, attack.course, outside.known)
        assert len(outside.arrived()) == len(outside._open)
    finally:
        outside.close()


def test_the_published_table_is_the_bank() -> None:
    published = (ROOT / "docs" / "fragments" / "hostile.md").read_text("utf-8")
    assert table(ATTACKS) == published, "`onduty dev hostile` publishes it"


class Elements(HTMLParser):
    """What a browser would make of a page: its elements, their attributes, and its texts."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.texts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses |= {value or "" for name, value in attrs if name == "href"}

    def handle_data(self, data: str) -> None:
        self.texts.add(data.strip())


def named(name: str) -> Attack:
    return next(attack for attack in ATTACKS if attack.name == name)


def graded_without_isolation(attack: Attack, place: Path, course: Path, known: dict[str, str]) -> tuple[subprocess.CompletedProcess[str], Result]:
    attack.hand_in(place, known)
    done = subprocess.run(
        [*GRADE, attack.name, "--out", "out", "--isolation", "none"], cwd=place, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(place), "ONDUTY_COURSE": str(course)},
    )
    assert done.returncode == 0, done.stderr
    (result,) = Ledger.find(place / "out").results()
    return done, result


def state(course: Course) -> str:
    """Of everything that is no submission's business."""
    digest = hashlib.sha256()
    for tree in ("chapters", "checks", "solutions"):
        for file in sorted((course.root / tree).rglob("*.*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file} ".encode() + file.read_bytes())
    return digest.hexdigest()


def deposits() -> set[Path]:
    """What attacks write where everybody may."""
    places = [Path("/tmp"), Path("/dev/shm"), Path("/var/tmp")]
    return {entry for place in places for name in DEPOSITS for entry in place.glob(name)}


def unguarded() -> set[Path]:
    """What lies in memory of runs that nobody answers for; others may be running at the same time."""
    guarded = {word for process in psutil.process_iter(["cmdline"]) for word in process.info["cmdline"] or ()}
    return {entry for entry in Path("/dev/shm").glob("onduty-*") if str(entry) not in guarded}


def contained() -> set[str]:
    """What an engine holds of a job whose keeper is gone; others may be grading at the same time."""
    return {name for kind in ("container", "volume") for name, owner in keeper.marked("docker", kind) if keeper.is_gone(owner)}


def is_ours(batch: Batch, process: psutil.Process) -> bool:
    try:
        return str(batch.place) in " ".join([*process.cmdline(), *process.environ().values(), process.cwd()])
    except psutil.Error:
        return False
