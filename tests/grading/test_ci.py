"""The action and the workflows: linted, and their shell steps run on a repository with a right and a wrong chapter."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from onduty.grading.changed import is_lost

ROOT = Path(__file__).parents[2]
MINI = ROOT / "tests" / "mini"
ACTION = ROOT / ".github" / "actions" / "grade" / "action.yml"
WORKFLOW = ROOT / ".github" / "workflows" / "grade.yml"
OURS = ROOT / ".github" / "workflows" / "ci.yml"
TEMPLATE = ROOT / "src" / "onduty" / "course" / "templates" / "grade.yml"
ZIZMOR = Path(sys.executable).with_name("zizmor")
ONDUTY_FIRST = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
LIGHT, KETTLE = "01-first-light", "02-held-kettle"
ADA = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
needs_yaml = pytest.mark.skipif(find_spec("yaml") is None, reason="PyYAML is not installed: uv sync --group dev")


@pytest.mark.skipif(not ZIZMOR.exists(), reason="zizmor is not installed: uv sync --group dev")
def test_the_linter_finds_nothing() -> None:
    files = [ACTION, WORKFLOW, TEMPLATE, OURS]
    done = subprocess.run([ZIZMOR, "--offline", "--pedantic", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_others_wrote_is_pinned_and_may_only_read() -> None:
    for file in (ACTION, WORKFLOW, TEMPLATE, OURS):
        uses = re.findall(r"uses: (\S+)", file.read_text())
        assert uses
        assert all(re.fullmatch(r"\./course/\S+|actions/[a-z-]+@[0-9a-f]{40}", each) for each in uses)
        assert "${{" not in "".join(re.findall(r"run: \|\n((?: {8,}.*\n|\n)+)", file.read_text()))
    for file in (WORKFLOW, TEMPLATE, OURS):
        assert "permissions: {}" in file.read_text()
        assert re.findall(r"(\w+): write", file.read_text()) == []


@pytest.fixture
def pushed(tmp_path: Path) -> tuple[Path, str]:
    """A repository whose last push solved one chapter; its name is a command to whoever prints it."""
    repository = tmp_path / "work" / "::error::"
    shutil.copytree(MINI / "chapters", repository, ignore=shutil.ignore_patterns("__pycache__"))
    git(repository, "init", "--quiet")
    before = commit(repository)
    shutil.copytree(MINI / "solutions" / LIGHT, repository / LIGHT, dirs_exist_ok=True)
    commit(repository)
    return repository, before


@needs_yaml
def test_the_action_grades_what_the_push_changed(pushed: tuple[Path, str], tmp_path: Path) -> None:
    repository, before = pushed
    done, outputs, summary = run_step(ACTION, tmp_path, SUBMISSION=repository.name, SINCE=before, cwd=repository.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"| {LIGHT} | passed | 2 of 2 |" in summary
    assert KETTLE not in summary
    result = json.loads(base64.b64decode(outputs.removeprefix("result=")))
    assert (result["status"], result["max_score"]) == ("pass", 15)
    first, *printed, last = done.stdout.splitlines()
    token = first.removeprefix("::stop-commands::")
    assert (len(token), last) == (32, f"::{token}::")
    assert printed


@needs_yaml
def test_the_workspaces_workflow_is_red_when_a_chapter_fails(pushed: tuple[Path, str], tmp_path: Path) -> None:
    repository, _ = pushed
    before = git(repository, "rev-parse", "HEAD")
    (repository / LIGHT / "app" / "health.py").write_text("raise SystemExit\n")
    commit(repository)
    done, _, summary = run_step(TEMPLATE, tmp_path, SINCE=before, cwd=repository)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"| {LIGHT} | crashed | 0 of 2 |" in summary


@needs_yaml
def test_a_push_that_changed_no_chapter_is_green(pushed: tuple[Path, str], tmp_path: Path) -> None:
    repository, _ = pushed
    before = git(repository, "rev-parse", "HEAD")
    (repository / "notes.md").write_text("Notes.\n")
    commit(repository)
    done, outputs, summary = run_step(ACTION, tmp_path, SUBMISSION=str(repository), SINCE=before, cwd=repository)
    assert (done.returncode, outputs, summary) == (0, "", "")
    assert "No chapter differs" in done.stderr


@needs_yaml
def test_a_forced_push_over_the_commit_before_grades_everything(pushed: tuple[Path, str], tmp_path: Path) -> None:
    repository, before = pushed
    git(repository, "update-ref", "HEAD", git(repository, *ADA, "commit-tree", "-m", "Amended", "HEAD^{tree}"))
    git(repository, "reflog", "expire", "--expire=now", "--all")
    git(repository, "gc", "--quiet", "--prune=now")
    assert not is_lost(repository, "0" * 40)  # a new branch
    done, _, summary = run_step(ACTION, tmp_path, SUBMISSION=str(repository), SINCE=before, cwd=repository)
    assert done.returncode == 1, done.stdout + done.stderr  # the other chapter is as it was given
    assert f"{before} is no longer in the history" in done.stderr
    assert f"| {LIGHT} | passed | 2 of 2 |" in summary
    assert KETTLE in summary


@needs_yaml
def test_a_shallow_clone_is_told_to_fetch(pushed: tuple[Path, str], tmp_path: Path) -> None:
    repository, before = pushed
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", str(shallow))
    done, _, _ = run_step(ACTION, tmp_path, SUBMISSION=str(shallow), SINCE=before, cwd=shallow)
    assert done.returncode == 2
    assert "Fetch the whole history." in done.stderr


@needs_yaml
def test_the_action_installs_the_course_it_belongs_to_by_hashes(tmp_path: Path) -> None:
    """Python is a stub, and so is the pip of the environment that it makes."""
    pip = "$3/bin/pip"
    stub(tmp_path / "python", f'mkdir -p "$3/bin"; cp "{tmp_path}/recorder" "{pip}"')
    stub(tmp_path / "recorder", f'echo "$@" >>"{tmp_path}/installed"')
    given = {"RUNNER_TEMP": str(tmp_path / "temp"), "GITHUB_ACTION_PATH": str(ACTION.parent)}
    done = run(step(ACTION, "Install the course that this action belongs to"), tmp_path, **given)
    assert done.returncode == 0, done.stderr
    locked, course = (line.split() for line in (tmp_path / "installed").read_text().splitlines())
    assert locked[:-1] == ["install", "--quiet", "--require-hashes", "--requirement"]
    assert Path(locked[-1]).resolve() == ROOT / "requirements.lock"
    assert course[:-1] == ["install", "--quiet", "--no-deps"]
    assert Path(course[-1]).resolve() == ROOT
    assert "--hash=sha256:" in Path(locked[-1]).read_text()

    stub(tmp_path / "recorder", "exit 1")
    assert run(step(ACTION, "Install the course that this action belongs to"), tmp_path, **given).returncode == 1


@needs_yaml
@pytest.mark.parametrize("restricted", [True, False], ids=["restricted", "unrestricted"])
@pytest.mark.parametrize("has_bwrap", [True, False], ids=["with bwrap", "without"])
def test_the_action_makes_sandboxes_possible_and_changes_nothing_else(
    *, restricted: bool, has_bwrap: bool, tmp_path: Path
) -> None:
    """What it would do as root goes to a stub, and the kernel's switch is a file of ours."""
    switch = tmp_path / "switch"
    if restricted:
        switch.write_text("1\n")
    stub(tmp_path / "sudo", f'echo "$@" >>"{tmp_path}/asked"; case "$1" in tee) tee "$2";; esac')
    if has_bwrap:
        stub(tmp_path / "bwrap", "exit 1")
    script = step(ACTION, "Allow sandboxes")
    kernels = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
    assert kernels in script
    done = run(script.replace(kernels, str(switch)), tmp_path, PATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    asked = (tmp_path / "asked").read_text().splitlines() if (tmp_path / "asked").exists() else []
    install = [] if has_bwrap else ["apt-get install --yes --quiet bubblewrap"]
    assert asked == install + ([f"tee {switch}"] if restricted else [])
    assert not restricted or switch.read_text() == "0\n"


@needs_yaml
def test_the_recipe_for_gitlab_grades_a_repository(tmp_path: Path) -> None:
    import yaml

    described = yaml.safe_load(recipe("GitLab", "yaml"))["grade"]
    repository = tmp_path / "repository"
    shutil.copytree(MINI / "solutions" / LIGHT, repository / LIGHT, ignore=shutil.ignore_patterns("__pycache__"))
    git(repository, "init", "--quiet")
    commit(repository)
    for program in ("apt-get", "pip"):
        stub(tmp_path / "stubs" / program, f'echo "{program} $@" >>"{tmp_path}/asked"')
    given = {"SUBMISSION": str(repository), "COURSE": "onduty==1", "PATH": f"{tmp_path}/stubs:{ONDUTY_FIRST}"}
    done = run("\n".join(described["script"]), tmp_path, **given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "asked").read_text().splitlines() == [
        "apt-get update -qq", "apt-get install -y -qq bubblewrap", "pip install --quiet onduty==1",
    ]  # fmt: skip
    kept = [*described["artifacts"]["paths"], described["artifacts"]["reports"]["junit"]]
    assert [(tmp_path / name).stat().st_size > 0 for name in kept] == [True] * len(kept)
    assert 'failures="0"' in (tmp_path / "report.xml").read_text()


def test_the_recipe_for_any_shell_grades_a_class_and_may_be_repeated(
    handed_in: Path, tmp_path: Path, lacking: Callable[[str], str]
) -> None:
    if reason := lacking("bubblewrap"):
        pytest.skip(reason)
    handed_in.rename(tmp_path / "submissions")
    (tmp_path / "roster.csv").write_text("submission,id,name\nada,a1,Ada Lovelace\nbob,b2,Bob\n,d4,Dan\n")
    for _ in range(2):
        done = run(recipe("Any shell", "bash"), tmp_path, PATH=ONDUTY_FIRST)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (tmp_path / "marks.csv").read_text().splitlines() == [
            f"id,name,{LIGHT},per cent",
            "a1,Ada Lovelace,15,100.0", "b2,Bob,0,0.0", "cleo,cleo,15,100.0", "d4,Dan,,0.0",
        ]  # fmt: skip
        assert "Ada Lovelace" in (tmp_path / "report.html").read_text()


def recipe(heading: str, language: str) -> str:
    """The fence under a heading of the page."""
    page = (ROOT / "docs" / "grading" / "ci.md").read_text("utf-8")
    (found,) = re.findall(rf"^## {heading}\n.*?^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return str(found)


def stub(file: Path, does: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/bash\nPATH={os.defpath}\n{does}\n")
    file.chmod(0o755)


def step(file: Path, name: str) -> str:
    """The script of a step."""
    import yaml

    described = yaml.safe_load(file.read_text())
    steps = described["runs"]["steps"] if "runs" in described else described["jobs"]["grade"]["steps"]
    (script,) = (step["run"] for step in steps if step.get("name") == name)
    return str(script)


def run(script: str, place: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a runner does."""
    environment = {"PATH": f"{place}:{os.environ['PATH']}", "HOME": str(place), "ONDUTY_COURSE": str(MINI), **given}
    return subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=place, env=environment, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def run_step(file: Path, place: Path, *, cwd: Path, **given: str) -> tuple[subprocess.CompletedProcess[str], str, str]:
    """Run the step called Grade as the runner does; its process, outputs and summary."""
    programs = Path(sys.executable).parent
    installed = place / "onduty" / "bin"
    installed.mkdir(parents=True)
    (installed / "onduty").symlink_to(programs / "onduty")
    (place / "outputs").touch()
    (place / "summary").touch()
    done = run(
        step(file, "Grade"), cwd, HOME=str(place), PATH=ONDUTY_FIRST, RUNNER_TEMP=str(place),
        GITHUB_OUTPUT=str(place / "outputs"), GITHUB_STEP_SUMMARY=str(place / "summary"), **given,
    )  # fmt: skip
    return done, (place / "outputs").read_text().strip(), (place / "summary").read_text()


def commit(repository: Path) -> str:
    git(repository, "add", "--all")
    git(repository, *ADA, "commit", "--quiet", "--message=Work")
    return git(repository, "rev-parse", "HEAD")


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", repository, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()
