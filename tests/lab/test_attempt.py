"""Starts that are refused, too late or never."""

from __future__ import annotations

from onduty.lab.hosting.attempt import attempt
from onduty.lab.hosting.platform import Platform


def attempted(host, text: str, procfile: str = "web: python -I -S server.py"):
    async def story(platform: Platform):
        found = await attempt(platform, SECRET_KEY=None)
        assert platform.running == []
        return found

    return host(story, {"server.py": text}, procfile)


def test_a_start_that_is_refused_has_an_exit_status_and_its_last_words(host):
    refused = attempted(host, "import sys; sys.exit('SECRET_KEY is missing')")
    assert (refused.exit_status, refused.port_opened, refused.answer) == (1, False, None)
    assert refused.printed == ["SECRET_KEY is missing"]
    assert refused.outcome == "exit status 1"


def test_a_release_that_is_refused_counts_as_well(host, server):
    refused = attempted(host, server(), "release: python -c 'raise SystemExit(7)'\nweb: python -I -S server.py")
    assert (refused.exit_status, refused.port_opened) == (7, False)


def test_a_port_that_opens_before_the_refusal_is_seen(host, server):
    late = attempted(host, server(listening="time.sleep(0.3); sys.exit(3)"))
    assert (late.exit_status, late.port_opened, late.answer) == (3, True, None)


def test_a_start_that_succeeds_has_an_answer_and_is_taken_away(host, server):
    started = attempted(host, server())
    assert started.answer is not None
    assert started.answer.status_code == 200
    assert started.exit_status is None
    assert started.outcome == "it started: GET /health/live → 200 OK"


def test_a_supervisor_that_tries_for_ever_is_found_out(host, monkeypatch):
    monkeypatch.setattr("onduty.lab.hosting.attempt.COUNT_AGAIN", 0.05)
    worker = "[sys.executable, '-IS', '-c', 'import time; time.sleep(0.1)']"
    supervisor = f"import subprocess, sys\nwhile True: subprocess.run({worker})"
    endless = attempted(host, supervisor)
    assert (endless.exit_status, endless.port_opened, endless.answer) == (None, False, None)
    assert endless.outcome == "it neither started nor ended"
