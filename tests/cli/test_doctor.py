"""The doctor: findings as data, and what to do about each."""

import json
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

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
