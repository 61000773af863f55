"""The action and the workflows: linted, and their shell steps run on a repository with a right and a wrong chapter."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
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


def run_step(file: Path, place: Path, *, cwd: Path, **given: str) -> tuple[subprocess.CompletedProcess[str], str, str]:
    """Run the step called Grade as the runner does; its process, outputs and summary."""
    import yaml

    described = yaml.safe_load(file.read_text())
    steps = described["runs"]["steps"] if "runs" in described else described["jobs"]["grade"]["steps"]
    (script,) = (step["run"] for step in steps if step.get("name") == "Grade")
    programs = Path(sys.executable).parent
    installed = place / "onduty" / "bin"
    installed.mkdir(parents=True)
    (installed / "onduty").symlink_to(programs / "onduty")
    (place / "outputs").touch()
    (place / "summary").touch()
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(place), "RUNNER_TEMP": str(place),
        "ONDUTY_COURSE": str(MINI), "GITHUB_OUTPUT": str(place / "outputs"),
        "GITHUB_STEP_SUMMARY": str(place / "summary"), **given,
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done, (place / "outputs").read_text().strip(), (place / "summary").read_text()


def commit(repository: Path) -> str:
    git(repository, "add", "--all")
    git(repository, *ADA, "commit", "--quiet", "--message=Work")
    return git(repository, "rev-parse", "HEAD")


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", repository, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()
