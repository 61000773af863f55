"""Submissions for the miniature course, and `onduty grade` as a command of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onduty.course.catalog import Course
from onduty.grading.ledger import Ledger
from onduty.lab.network.ports import free_port

MINI = Path(__file__).parents[1] / "mini"
LIGHT = "01-first-light"
Grade = Callable[..., subprocess.CompletedProcess[str]]
PARTS = ("scheduler", "worker")
"""Of a cluster."""


@pytest.fixture(scope="session")
def mini() -> Course:
    return Course.load(MINI)


def copied(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.md", "chapter.toml"))
    return target


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    """Three submissions: Ada's is right, Bob's is the starter, Cleo's is Ada's as an archive."""
    place = tmp_path / "handed-in"
    copied(MINI / "solutions" / LIGHT, place / "ada" / LIGHT)
    copied(MINI / "chapters" / LIGHT, place / "bob" / LIGHT)
    shutil.make_archive(str(place / "cleo"), "zip", place / "ada")
    return place


@pytest.fixture
def committed() -> Callable[..., None]:
    """Make a repository of a directory, with one commit."""

    def commit(place: Path, *, date: str | None = None) -> None:
        git = ["git", "-C", str(place), "-c", "user.name=x", "-c", "user.email=x@y"]
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
        for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
            subprocess.run([*git, *command], check=True, capture_output=True, env=os.environ | dates)

    return commit


@pytest.fixture
def grade(tmp_path: Path) -> Grade:
    """Run `onduty grade` on the miniature course: `grade(tmp_path / "handed-in", "--out", …)`."""

    def run(*arguments: object, command: str = "grade") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            onduty(command, *arguments),
            env=environment(tmp_path),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `onduty grade` and do not wait."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: object) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                onduty("grade", *arguments),
                env=environment(tmp_path),
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return running[-1]

    yield start
    for command in running:
        command.kill()
        command.communicate()


class Cluster:
    """A Dask scheduler and a worker, as an institute might run them."""

    def __init__(self, home: Path) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.scheduler: subprocess.Popen[bytes]
        self.worker: subprocess.Popen[bytes]
        self.of_the_worker: dict[str, str] = {}
        """What its environment has that the command's has not."""
        self._home = home

    def start(self, *parts: str) -> None:
        port = self.address.rpartition(":")[2]
        if "scheduler" in (parts or PARTS):
            self.scheduler = self._run("dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        if "worker" in (parts or PARTS):
            self.worker = self._run("dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard")

    def kill(self, *parts: str) -> None:
        """End these at once, or both, with whatever they are at."""
        for name in parts or PARTS:
            getattr(self, name).kill()
            getattr(self, name).wait()

    def replace_worker(self) -> None:
        """One that lost its scheduler ends of itself; whoever keeps it running starts another."""
        self.worker.wait(60)
        self.start("worker")

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{program}", *arguments]
        known = environment(self._home) | self.of_the_worker
        with (self._home / f"{program}.log").open("ab") as log:
            return subprocess.Popen(command, env=known, cwd=self._home, stdout=log, stderr=log)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    found = Cluster(tmp_path)
    yield found
    found.kill()


def onduty(command: str, *arguments: object) -> list[str]:
    return [str(Path(sys.executable).with_name("onduty")), command, *map(str, arguments)]


def environment(home: Path) -> dict[str, str]:
    temporary = home / ".temporary"
    temporary.mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "ONDUTY_COURSE": str(MINI), "TMPDIR": str(temporary),
    }  # fmt: skip


@pytest.fixture
def points() -> Callable[[Path], dict[str, tuple[float, ...]]]:
    """What each learner has earned, task by task."""

    def earned(ledger: Path) -> dict[str, tuple[float, ...]]:
        return {
            result.learner.id: tuple(task.earned for task in result.run.report.chapters[0].tasks)
            for result in Ledger.find(ledger).results()
        }

    return earned


@pytest.fixture
def found() -> Callable[[Path], dict[str, tuple[str, float, str]]]:
    """What a ledger has of each learner: the key of the grading, the points, the verdict."""

    def results(ledger: Path) -> dict[str, tuple[str, float, str]]:
        return {
            result.learner.id: (result.run.key, sum(task.earned for task in chapter.tasks), chapter.verdict.value)
            for result in Ledger.find(ledger).results()
            for chapter in result.run.report.chapters
        }

    return results
