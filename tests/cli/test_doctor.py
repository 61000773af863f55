"""The doctor: findings as data, and what to do about each."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from onduty.course.workspace import Workspace

Onduty = Callable[..., CompletedProcess[str]]


def test_the_doctors_findings_are_data(onduty: Onduty) -> None:
    ran = onduty("doctor", "--json")
    findings = {finding["id"]: finding for finding in json.loads(ran.stdout)}
    assert ran.returncode == (3 if any(found["needed"] and not found["ok"] for found in findings.values()) else 0)
    assert set(findings) >= {
        "python",
        "cache",
        "disk",
        "memory",
        "loopback",
        "postgres",
        "valkey",
        "docker",
        "workspace",
    }
    for finding in findings.values():
        assert finding["what"]
        assert bool(finding["do"]) is not finding["ok"]


def test_the_doctor_says_what_to_do_and_exits_with_3(onduty: Onduty, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise RuntimeError("No PostgreSQL server was found.")

    monkeypatch.setattr("onduty.cli.examine.servers.find_binaries", missing)
    ran = onduty("doctor")
    assert ran.returncode == 3
    (line,) = [line for line in ran.stdout.splitlines() if " postgres " in line]
    assert line.startswith("missing  postgres")
    assert "No PostgreSQL server was found. Install On Duty with its dependencies" in line


def test_a_workspace_that_nothing_can_be_written_to_is_told(onduty: Onduty, workspace: Workspace) -> None:
    assert "could be written to workspace/.onduty" in line_of("keeping", onduty("doctor"))
    workspace.meta.rename(workspace.root / "kept")
    workspace.meta.symlink_to("/dev/fd")
    ran = onduty("doctor")
    assert line_of("keeping", ran).startswith("note  ")
    assert "until then no light, hint or snapshot is kept" in ran.stdout


def line_of(examination: str, ran: CompletedProcess[str]) -> str:
    (line,) = [line for line in ran.stdout.splitlines() if f" {examination} " in line]
    return line


def test_a_workshop_is_made_ready_without_a_network() -> None:
    unshare = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    alone = [*unshare, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no network namespace can be made here: install util-linux and iproute2, allow user namespaces")
    command = [sys.executable, "-c", "import sys; from onduty.cli import main; sys.exit(main())"]
    ran = subprocess.run(
        [*alone, *command, "doctor", "--workshop", "--json"], capture_output=True, text=True, check=False
    )
    findings = {finding["id"]: finding for finding in json.loads(ran.stdout)}
    assert ran.returncode == 0, [finding for finding in findings.values() if not finding["ok"]]
    assert "ready in" in findings["01-first-light"]["what"]
    assert "ready in" in findings["02-held-kettle"]["what"]


def test_a_chapter_that_cannot_be_made_ready_is_told(onduty: Onduty, course_root: Path) -> None:
    (course_root / "solutions/01-first-light/Procfile").write_text("web: no-such-program\n")
    ran = onduty("doctor", "--workshop")
    assert ran.returncode == 3
    (line,) = [line for line in ran.stdout.splitlines() if " 01-first-light " in line]
    assert line.startswith("missing")
    assert "no-such-program" in line
