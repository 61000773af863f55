"""Many submissions: named, graded, found again, in parts and after an interruption."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from onduty.course.catalog import Course
from onduty.course.problems import NotPossibleHere, Problem
from onduty.grading import cluster as cluster_module
from onduty.grading import intake
from onduty.grading.batch import Plan, Shard, chosen, plan
from onduty.grading.cohort import cohort
from onduty.grading.job import Work
from onduty.grading.ledger import Ledger
from onduty.grading.model import Isolation, Policy, RunReport
from onduty.lab.network.ports import free_port
from onduty.reports.build import report_of
from onduty.reports.verdict import Verdict

LIGHT = "01-first-light"
MINI = Path(__file__).parents[1] / "mini"
RIGHT, WRONG = (10.0, 5.0), (0.0, 0.0)
EVERYBODY = {"ada": RIGHT, "bob": WRONG, "cleo": RIGHT}


def test_a_directory_of_submissions_is_graded_whole(handed_in, grade, points, tmp_path) -> None:
    done = grade(handed_in, "--out", "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert points(tmp_path / "out") == EVERYBODY
    assert "ada, cleo" in done.stdout  # the same work is graded once
    assert "2 graded" in done.stdout
    (run, _) = {result.run.key: result.run for result in Ledger.find(tmp_path / "out").results()}.values()
    assert run.isolation.provider in {"bubblewrap", "none"}
    assert len(run.report.chapters) == 1

    again = grade(handed_in, "--out", "out")
    assert again.returncode == 2
    assert "--resume" in again.stderr
    resumed = grade(handed_in, "--out", "out", "--resume")
    assert resumed.returncode == 0
    assert "2 of 2 results are in the ledger" in resumed.stderr
    graded_again = grade(handed_in, "--out", "out", "--regrade", "--only", "bob")
    assert "1 graded" in graded_again.stdout
    assert len(list(Ledger.find(tmp_path / "out").runs())) == 3
    assert points(tmp_path / "out") == EVERYBODY
    resumed = grade(handed_in, "--out", "out", "--resume")
    assert "2 of 2 results are in the ledger" in resumed.stderr  # nobody else was to be graded again


def test_a_regrading_that_was_interrupted_is_resumed_for_those_it_was_for(mini: Course, handed_in, tmp_path) -> None:
    ledger = Ledger.open(tmp_path / "out")
    found = cohort(mini, [str(handed_in)], None).submissions
    first = mini.find("1")

    def missing(*only: str, regrade: bool = False) -> set[str]:
        todo = plan(mini, chosen(found, only), [first], Policy(), ledger, regrade=regrade)
        return {f"{' '.join(todo.names[work.key])} {work.policy.round}" for work in todo.missing}

    def graded(*only: str) -> None:
        for work in plan(mini, chosen(found, only), [first], Policy(), ledger).missing:
            ledger.add(settled(work))

    graded()
    assert missing() == set()
    assert missing("bob", regrade=True) == {"bob 1"}  # and is interrupted
    assert missing() == {"bob 1"}
    graded()
    assert missing() == set()
    assert missing(regrade=True) == {"ada cleo 2", "bob 2"}
    graded("bob")
    assert missing() == {"ada cleo 2"}


def test_shards_put_together_are_the_whole(handed_in, grade, points, tmp_path) -> None:
    for number in (1, 2):
        assert grade(handed_in, "--out", f"part{number}", "--shard", f"{number}/2", "--jobs", "1").returncode == 0
    assert len(list(Ledger.find(tmp_path / "part1").runs())) == 1
    merged = grade("whole", "part1", "part2", command="merge")
    assert merged.stdout == "2 new results in whole, 3 in all.\n"
    assert points(tmp_path / "whole") == EVERYBODY


def test_shards_that_go_on_at_different_times_leave_nothing_ungraded(
    mini: Course, handed_in: Path, tmp_path: Path
) -> None:
    """A part that looks when others are through with theirs still takes all of its own."""
    for number in range(6):
        (handed_in / f"p{number}" / LIGHT).mkdir(parents=True)
        (handed_in / f"p{number}" / LIGHT / "Procfile").write_text(f"web: {number}\n")
    ledger = Ledger.open(tmp_path / "out")
    everything = {each.key for each in planned(mini, handed_in, ledger).everything}
    graded: set[str] = set()
    for number in (1, 2, 3):
        for work in planned(mini, handed_in, ledger).todo(Shard(number, 3)):
            graded.add(work.key)
            place = ledger.root / "runs" / work.chapter / f"{work.key}.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
    assert graded == everything
    assert len(everything) == 8


def test_whatever_is_wrong_with_one_submission_is_its_own_verdict(
    mini: Course, handed_in: Path, committed, tmp_path: Path, monkeypatch
) -> None:
    far = handed_in / "far"
    shutil.copytree(handed_in / "bob", far)
    committed(far, date="@999999999999 +0000")
    (handed_in / "ada").rename(Path(os.fsdecode(os.fsencode(handed_in) + b"/ad\xff")))
    (handed_in / "odd" / LIGHT).mkdir(parents=True)
    reading = intake.entries

    def entries(source):
        if Path(source).name == "odd":
            raise KeyError("what no library should raise")
        return reading(source)

    monkeypatch.setattr(intake, "entries", entries)
    ledger = Ledger.open(tmp_path / "out")
    found = chosen(cohort(mini, [str(handed_in), f"git+{far}"], None).submissions, [])
    everything = plan(mini, found, [mini.find("1")], Policy(), ledger).everything
    assert len(ledger.hand_ins()) == len(found) == 6
    assert "\\udcff" in "".join(handed_in.source for handed_in in ledger.hand_ins())
    assert [each.submitted_at for each in ledger.hand_ins() if each.source.startswith("git+")] == [None]
    (odd,) = (each for each in everything if "KeyError" in (each.taken.problem or ""))
    assert "what no library should raise" in (odd.taken.problem or "")


def test_a_submission_that_gives_nothing_to_grade_is_told_and_changes_nobodys_marks(
    handed_in, grade, points, tmp_path
) -> None:
    (handed_in / "dan.zip").write_bytes(b"no archive at all")
    (handed_in / "eve" / "notes").mkdir(parents=True)
    done = grade(handed_in, "--out", "out", "--render", "csv=marks.csv")
    assert done.returncode == 0
    dan, eve = done.stderr.splitlines()
    assert dan.startswith("dan: The submission was not taken: it cannot be read (BadZipFile: File is not a zip file).")
    assert eve.startswith("eve: Nothing in it belongs to a chapter: no directory has a chapter's name, such as ")
    assert (tmp_path / "marks.csv").read_text().splitlines() == [
        f"id,name,{LIGHT},per cent", "ada,ada,15,100.0", "bob,bob,0,0.0", "cleo,cleo,15,100.0", "dan,dan,,0.0",
        "eve,eve,,0.0",
    ]  # fmt: skip
    shutil.copy(handed_in / "cleo.zip", handed_in / "dan.zip")
    assert grade(handed_in, "--out", "out", "--resume", "--only", "dan").returncode == 0
    assert points(tmp_path / "out") == EVERYBODY | {"dan": RIGHT}
    named = grade(handed_in, "--out", "named", "--chapter", "1")
    assert named.stderr == ""
    assert points(tmp_path / "named") == EVERYBODY | {"dan": RIGHT, "eve": WRONG}


def test_what_this_machine_cannot_read_is_not_graded_and_tried_again(handed_in, grade, committed, tmp_path) -> None:
    address = f"git+git://127.0.0.1:{free_port()}/far"
    cannot = "The submission was not taken: git says: fatal: unable to connect to 127.0.0.1. Put that right on this"
    done = grade(handed_in / "bob", address, "--out", "out", "--render", "csv=marks.csv")
    assert done.returncode == 3
    assert done.stderr.startswith(f"far: {cannot}")
    assert (tmp_path / "marks.csv").read_text().splitlines() == [f"id,name,{LIGHT},per cent", "bob,bob,0,0.0"]
    alone = grade(address, "--out", "alone")
    assert alone.returncode == 3
    assert "nothing is graded" in alone.stderr
    named = grade(address, "--out", "out", "--resume", "--chapter", "1", "--render", "csv=marks.csv")
    assert named.returncode == 3
    assert cannot in named.stderr
    assert (tmp_path / "marks.csv").read_text().splitlines()[-1] == "far,far,,"
    (unsettled,) = (run for run in Ledger.find(tmp_path / "out").runs() if not run.settled)
    assert {check.verdict for check in unsettled.report.chapters[0].checks} == {Verdict.NOT_GRADED}


def test_no_umask_keeps_a_service_from_its_own_files(handed_in, grade, points, tmp_path) -> None:
    before = os.umask(0o077)
    try:
        assert grade(handed_in / "ada", "--out", "out").returncode == 0
    finally:
        os.umask(before)
    assert points(tmp_path / "out") == {"ada": RIGHT}


@pytest.mark.parametrize("victim", ["command", "cell"])
def test_killing_anything_changes_nothing_in_the_end(victim, handed_in, started, grade, points, tmp_path) -> None:
    command = started(handed_in, "--out", "out", "--jobs", "1")
    judge = until_judging(command)
    if victim == "command":
        command.kill()
        command.wait()
        until_gone(judge)
        until_empty(tmp_path / ".temporary")
        assert grade(handed_in, "--out", "out", "--resume").returncode == 0
    else:
        judge.kill()
        assert command.wait(60) == 0
    assert points(tmp_path / "out") == EVERYBODY
    assert not list((tmp_path / "out").glob("**/*.onduty-part"))
    until_empty(tmp_path / ".temporary")


def test_an_interruption_ends_everything_and_says_how_to_go_on(handed_in, started, tmp_path) -> None:
    command = started(handed_in, "--out", "out", "--jobs", "2")
    judge = until_judging(command)
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=20)
    assert command.returncode == 130
    assert "--resume does the rest" in said
    assert "Traceback" not in said
    until_gone(judge)


@pytest.mark.skipif(find_spec("distributed") is None, reason="Dask is not installed: uv sync --group dev")
@pytest.mark.parametrize("victim", ["nobody", "worker"])
def test_a_cluster_says_the_same_whoever_is_killed(victim, handed_in, started, points, tmp_path) -> None:
    command = started(handed_in, "--out", "out", "--jobs", "2", "--dask", "local")
    judge = until_judging(command)
    if victim == "worker":
        worker = next(parent for parent in judge.parents() if "spawn_main" in " ".join(parent.cmdline()))
        worker.kill()
    assert command.wait(90) == 0
    assert points(tmp_path / "out") == EVERYBODY


@pytest.mark.parametrize("victims", [("scheduler", "worker"), ("scheduler",), ("worker",)], ids="+".join)
def test_an_institutes_cluster_may_lose_any_part_of_itself(
    victims, handed_in, started, grade, cluster, found, tmp_path
) -> None:
    cluster.start()
    command = started(handed_in, "--out", "out", "--dask", cluster.address)
    until_judging(cluster.worker)
    cluster.kill(*victims)
    cluster.start(*victims)
    if "worker" not in victims:
        cluster.replace_worker()
    _, said = command.communicate(timeout=120)
    assert (command.returncode, said) == (0, "")
    assert grade(handed_in, "--out", "whole").returncode == 0
    assert found(tmp_path / "out") == found(tmp_path / "whole")


def test_a_command_that_is_killed_beside_a_cluster_is_gone_on_with(
    handed_in, started, grade, cluster, found, tmp_path
) -> None:
    cluster.start()
    command = started(handed_in, "--out", "out", "--dask", cluster.address)
    until_judging(cluster.worker)
    command.kill()
    command.wait()
    assert len(found(tmp_path / "out")) < len(EVERYBODY)
    resumed = grade(handed_in, "--out", "out", "--dask", cluster.address, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert grade(handed_in, "--out", "whole").returncode == 0
    assert found(tmp_path / "out") == found(tmp_path / "whole")
    assert not list((tmp_path / "out").glob("**/*.onduty-part"))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_a_worker_lacks_is_told_and_is_no_lost_cluster(mini: Course, handed_in, tmp_path, monkeypatch) -> None:
    distributed = pytest.importorskip("distributed")

    def grade_there(*_: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cluster_module, "grade_there", grade_there)
    ledger = Ledger.open(tmp_path / "out")
    work = planned(mini, handed_in, ledger).todo(None)
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as made:
        results = cluster_module.grade_on_cluster(
            work, Policy(), ledger, address=made.scheduler_address, jobs=1, required=False
        )
        with pytest.raises(NotPossibleHere, match="No space left on device"):
            next(results)


def test_what_stands_between_is_what_the_workers_found(handed_in, grade, cluster, points, tmp_path) -> None:
    cluster.of_the_worker = {"PATH": str(Path(sys.executable).parent)}  # no bubblewrap there
    cluster.start()
    asked = (handed_in, "--only", "bob", "--dask", cluster.address)
    refused = grade(*asked, "--out", "refused", "--require-isolation")
    assert refused.returncode == 3
    assert "There is no isolation here: bubblewrap is not installed" in refused.stderr
    done = grade(*asked, "--out", "out")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("WARNING: isolation: none, since bubblewrap is not installed")
    assert "; isolation: none. The ledger" in done.stdout
    assert points(tmp_path / "out") == {"bob": WRONG}


def test_a_worker_with_other_checks_grades_nothing_under_the_name_of_these(handed_in, grade, cluster, tmp_path) -> None:
    other = tmp_path / ".other"
    shutil.copytree(MINI, other)
    with next((other / "checks").glob("01-*/test_*.py")).open("a") as check:
        check.write("# another version\n")
    cluster.of_the_worker = {"ONDUTY_COURSE": str(other)}
    cluster.start()
    done = grade(handed_in, "--out", "out", "--only", "bob", "--dask", cluster.address)
    assert done.returncode == 3
    assert "has another version of the course for 01-first-light" in done.stderr
    assert "Install the same version of the course on every machine" in done.stderr
    (run,) = Ledger.find(tmp_path / "out").runs()
    assert not run.settled
    assert {check.verdict for check in run.report.chapters[0].checks} == {Verdict.NOT_GRADED}
    assert "1 graded" in grade(handed_in, "--out", "out", "--only", "bob", "--resume").stdout


def test_a_roster_names_people_and_those_who_handed_in_nothing(mini: Course, handed_in: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("submission,id,name,group\nada,a1,Ada Lovelace,red\ncleo.zip,c3,Cleo,blue\n,d4,Dan,red\n")
    found = {each.learner.id: each for each in cohort(mini, [str(handed_in)], roster).submissions}
    assert set(found) == {"a1", "bob", "c3", "d4"}
    assert found["a1"].learner.name == "Ada Lovelace"
    assert found["a1"].learner.fields == {"group": "red"}
    assert found["d4"].source is None


def test_a_pair_shares_a_grade_and_what_the_roster_misspells_is_said(handed_in, grade, points, tmp_path) -> None:
    (tmp_path / "class.csv").write_text(
        "submission,id,name,submitted\nada,a1,Ada,2026-12-01T10:00:00+01:00\nbop,b2,Bob\nada,e5,Eve\n,,,\n"
    )
    done = grade(handed_in, "--out", "out", "--roster", "class.csv")
    assert done.returncode == 0
    assert "called bop, as the roster says" in done.stderr
    assert "On no line of the roster is bob, cleo.zip" in done.stderr
    assert points(tmp_path / "out") == {"a1": RIGHT, "e5": RIGHT, "bob": WRONG, "cleo": RIGHT}
    when = {each.learner.id: each.submitted_at for each in Ledger.find(tmp_path / "out").hand_ins()}
    assert when["a1"] == "2026-12-01T09:00:00+00:00"  # whatever the directory's date is
    assert when["e5"] not in (None, when["a1"])
    alike = grade(handed_in, "--roster", "class.csv", "--few", "1", command="similar")
    assert "Ada (a1) with Eve (e5)" in alike.stdout


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("id,submission\na1,ada\nb2", "line 3, has no cell in the column `submission`"),
        ("submission,name,id\nada,Ada", "line 2, has no cell in the column `id`"),
        ("submission,id,name\nada,a1,Lovelace, Ada", "line 2, has more cells than the first line"),
        ("submission,id\nada,a1\ncleo.zip,a1", "line 3, column `id`: a1 is in line 2 already"),
        ("submission,id,submitted\nada,a1,2026-12-01 10:00", "line 2, column `submitted`: 2026-12-01 10:00 is no time"),
        ("submission\nada", "has no column `id`"),
        ("", "has no column `submission`"),
    ],
)
def test_a_roster_that_cannot_be_followed_says_where(lines, told, mini: Course, handed_in, tmp_path) -> None:
    (tmp_path / "class.csv").write_text(lines)
    with pytest.raises(Problem) as problem:
        cohort(mini, [str(handed_in)], tmp_path / "class.csv")
    assert told in str(problem.value)


def test_ids_are_file_names_and_nobody_shares_one(mini: Course, tmp_path: Path) -> None:
    names = ["../../etc", "Ada", "=1+1", "a\x1b[31mb", "N" * 200]
    for number, name in enumerate(names):
        place = tmp_path / str(number) / (name if number else "ada")
        place.mkdir(parents=True)
        (place / "Procfile").write_text("web: x")
    sources = [str(next((tmp_path / str(number)).iterdir())) for number in range(len(names))]
    learners = [each.learner for each in cohort(mini, sources, None).submissions]
    assert len({learner.id.lower() for learner in learners}) == len(names)
    assert all(learner.id.isascii() and "/" not in learner.id and len(learner.id) < 100 for learner in learners)
    assert all(learner.name.isprintable() and len(learner.name) <= 100 for learner in learners)


def test_what_cannot_be_graded_is_told_in_a_sentence(grade, tmp_path, mini: Course) -> None:
    (tmp_path / "empty").mkdir()
    for arguments, told in (
        (["nowhere", "--out", "out"], "nowhere does not exist"),
        (["empty", "--out", "out"], "no submission in empty"),
        ([".", "--out", "out", "--shard", "3/2"], "--shard 3/2"),
        ([".", "--out", "out", "--chapter", "77"], 'no chapter "77"'),
        ([".", "--out", "out", "--resume", "--regrade"], "exclude one another"),
        (
            [".", "--out", "out", "--chapter", "1", "--changed-since", "3f9c2ab"],
            "--chapter and --changed-since exclude",
        ),
    ):
        done = grade(*arguments)
        assert done.returncode == 2
        assert told in done.stderr
        assert len(done.stderr.splitlines()) == 1
    with pytest.raises(Problem):
        Shard.parse("0/3")


def planned(course: Course, place: Path, ledger: Ledger) -> Plan:
    return plan(course, cohort(course, [str(place)], None).submissions, [course.find("1")], Policy(), ledger)


def settled(work: Work) -> RunReport:
    """A result, as if the work had been done."""
    report = report_of([], started=datetime.now(UTC), seed=work.seed, lab="embedded")
    return RunReport(
        key=work.key, submission=work.taken.digest, chapter=work.chapter, course=work.course, policy=work.policy,
        isolation=Isolation(provider="none"), graded_at=datetime.now(UTC).isoformat(), seconds=1, report=report,
    )  # fmt: skip


def until_judging(command: subprocess.Popen) -> psutil.Process:
    """The process of a judge, as soon as there is one."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert command.poll() is None, command.communicate()
        for process in psutil.Process(command.pid).children(recursive=True):
            try:
                words = process.cmdline()
            except psutil.NoSuchProcess:
                continue
            if "--report-to" in words and Path(words[0]).name.startswith("python"):
                return process
        time.sleep(0.05)
    raise AssertionError("no judge within 60 s")


def until_gone(judge: psutil.Process) -> None:
    deadline = time.monotonic() + 20
    while judge.is_running() and judge.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def until_empty(temporary: Path) -> None:
    """Nobody's code lies about any longer."""
    deadline = time.monotonic() + 20
    while left := [name for _, directories, files in os.walk(temporary) for name in (*directories, *files)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
