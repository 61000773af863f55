"""A well-behaved app on the platform."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from onduty.lab.hosting.errors import DidNotStart
from onduty.lab.hosting.family import Proc
from onduty.lab.hosting.platform import Platform
from onduty.lab.unmet import Unmet

ECHO = "reply(request if b'echo' in request else b'ok')"


def test_the_environment_is_the_contracts_and_nothing_else(host, server, monkeypatch):
    """Nothing of the learner's shell gets in; None takes a variable out."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://mine")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    async def story(platform: Platform) -> tuple[dict, Path, int]:
        service = await platform.start(LOG_LEVEL="DEBUG", WEB_CONCURRENCY=None)
        seen = (await service.get("/")).json()
        assert os.access(seen["HOME"], os.W_OK)
        assert os.access(seen["TMPDIR"], os.W_OK)
        assert seen["HOME"] != seen["TMPDIR"]
        return seen, service.directory, service.port

    telling = server("reply(json.dumps(dict(os.environ)).encode())")
    given = {"PAYMENTS_URL": "http://127.0.0.1:9", "DATABASE_URL": "postgresql://app:secret@127.0.0.1:5/onduty"}
    seen, directory, port = host(story, {"server.py": telling}, environment=given)
    assert set(seen) - {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"} == {
        *given, "HOST", "PORT", "ENVIRONMENT", "SECRET_KEY", "PAYMENTS_DEADLINE", "LOG_LEVEL", "MENU_TTL",
        "PATH", "HOME", "TMPDIR", "LANG", "PYTHONUNBUFFERED",
    }  # fmt: skip
    assert seen["DATABASE_URL"] == given["DATABASE_URL"]
    assert (seen["HOST"], seen["PORT"]) == ("127.0.0.1", str(port))
    assert seen["PATH"] == f"{Path(sys.executable).parent}:/usr/bin:/bin"
    assert len(seen["SECRET_KEY"]) >= 32
    assert seen["HOME"].startswith(str(directory.parent))


def test_the_app_is_a_fresh_copy_without_what_is_no_part_of_it(host, server, tmp_path):
    """The learner's files are never written, and the directory of the Procfile is the working directory."""
    files = {
        "server.py": server(),
        "app/main.py": "",
        ".env": "A=b",
        ".venv/bin/python": "",
        "app/__pycache__/x.pyc": "",
    }

    async def story(platform: Platform) -> None:
        os.mkfifo(tmp_path / "source/pipe")
        (tmp_path / "source/link").symlink_to("/etc")
        service, other = await platform.start(), await platform.start()
        copied = {str(path.relative_to(service.directory)) for path in service.directory.rglob("*")}
        assert copied == {"Procfile", "server.py", "app", "app/main.py", ".env", "link"}
        assert (service.directory / "link").is_symlink()
        assert psutil.Process(service.pid).cwd() == str(service.directory.resolve())
        (service.directory / "server.py").write_text("changed by a check")
        assert "changed" not in (tmp_path / "source/server.py").read_text()
        assert "changed" not in (other.directory / "server.py").read_text()

    host(story, files)


def test_requests_say_what_came_of_them(host, server):
    """An answer has a status, a body, headers, and a command to repeat it."""

    async def story(platform: Platform) -> None:
        service = await platform.start()
        answer = await service.get("/health/live", headers={"X-One": "1"})
        assert (answer.status_code, answer.outcome, answer.text) == (200, "200 OK", "ok")
        assert repr(answer) == "GET /health/live → 200 OK"
        assert answer.headers["CONTENT-LENGTH"] == "2"
        assert answer.curl == "curl -i --max-time 10 -H 'X-One: 1' http://127.0.0.1:8000/health/live"
        with pytest.raises(Unmet, match=r"Expected JSON from GET /health/live; observed 200 OK with 'ok'"):
            answer.json()
        posted = await service.post("/echo?a=b c", json={"name": "Ada's"}, within=3)
        head, _, body = posted.text.partition("\r\n\r\n")
        assert head.splitlines()[0] == "POST /echo?a=b%20c HTTP/1.1"
        assert f"Host: 127.0.0.1:{service.port}" in head
        assert "Content-Type: application/json" in head
        assert json.loads(body) == {"name": "Ada's"}
        assert '--data-raw \'{"name": "Ada\'"\'"\'s"}\'' in posted.curl
        for send, method in ((service.put, "PUT"), (service.patch, "PATCH"), (service.delete, "DELETE")):
            assert (await send("/echo", content="text")).text.startswith(f"{method} /echo HTTP/1.1")
        await service.stop()
        refused = await service.get("/health/live")
        assert (refused.status_code, repr(refused)) == (None, "GET /health/live → connection refused")
        with pytest.raises(Unmet, match=r"Expected an answer to GET /health/live; observed connection refused"):
            refused.json()

    host(story, {"server.py": server(ECHO)})


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("time.sleep(60)", "no answer within 0.3 s"),
        ("connection.sendall(b'HTTP/1.1 200 OK\\r\\n'); time.sleep(60)", "only a part of an answer within 0.3 s"),
        ("connection.close()", "closed without an answer"),
        ("connection.setsockopt(1, 13, b'\\1\\0\\0\\0\\0\\0\\0\\0'); connection.close()", "connection reset"),
        (
            "connection.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 99\\r\\n\\r\\nhalf'); connection.close()",
            "closed in the middle of the answer",
        ),
        ("connection.sendall(b'SSH-2.0-OpenSSH\\r\\n\\r\\n')", "an answer that is not HTTP"),
        ("connection.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\n' + b'x' * 17_000_000)", "an answer of more than 16 MB"),
        ("connection.sendall(b'HTTP/1.1 200 OK\\r\\n' + b'A: b\\r\\n' * 50_000)", "an answer that is not HTTP"),
        ("connection.sendall(b'HTTP/1.1 299 Odd\\r\\n\\r\\n'); connection.close()", "299"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="the numbers of SO_LINGER are Linux's")
def test_no_trouble_on_the_network_is_raised(host, server, action, outcome):
    """Each kind has its own words."""

    async def story(platform: Platform) -> str:
        service = await platform.start()
        return (await service.get("/", within=0.3 if "within" in outcome else 5)).outcome

    assert host(story, {"server.py": server(action)}) == outcome


def test_later_requests_go_out_at_once_and_are_given_up_after_the_check(host, server):
    """They are on the timeline, too."""

    async def story(platform: Platform) -> list:
        service = await platform.start()
        first, second = service.later.get("/1"), service.later.post("/2")
        await asyncio.sleep(0.05)
        assert not first.done()
        assert (await first).status_code == (await second).status_code == 200
        kept = await service.connection()
        third = service.later.get("/3")
        await asyncio.sleep(0)
        await service.drop_requests()
        assert third.cancelled()
        assert (await kept.get("/4")).status_code is None
        return platform._timeline.events

    events = host(story, {"server.py": server("time.sleep(0.3); reply(b'ok')")})
    requests = {event.label: event for event in events if event.kind == "request"}
    assert requests["GET /1"].outcome == "200 OK"
    assert requests["GET /3"].outcome == "given up"
    assert all(event.until is not None for event in requests.values())


def test_which_process_took_a_connection(host, server):
    """Also when that process never says a word."""
    preforked = server("reply(str(os.getpid()).encode())", listening="os.fork() or os.fork()")

    async def story(platform: Platform) -> None:
        service = await platform.start()
        pids = set()
        for _ in range(6):
            connection = await service.connection()
            pids.add(connection.pid)
            assert (await connection.get("/")).text == str(connection.pid)
        assert pids <= {proc.pid for proc in service.processes()}
        busy = [await service.connection() for _ in range(3)]
        assert len({connection.pid for connection in busy}) == 3
        with pytest.raises(Unmet, match=r"to take a new connection; observed none did within 0.2 s"):
            await service.connection(within=0.2)

    host(story, {"server.py": preforked})


def test_a_kept_connection_is_used_again(host):
    """Requests go out one after the other on it; after the server closed it, it says so."""
    keeping = """
import os, socket
listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
while True:
    connection, address = listener.accept()
    while request := connection.recv(65536):
        connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\n%d" % address[1])
        if b"last" in request:
            break
    connection.close()
"""

    async def story(platform: Platform) -> None:
        service = await platform.start()
        connection = await service.connection()
        assert connection.pid == service.pid
        assert (await connection.get("/1")).text == (await connection.get("/last")).text
        assert (await connection.get("/after")).outcome in {"closed without an answer", "connection reset"}
        assert (await connection.get("/again")).outcome == "connection closed before the request"

    host(story, {"server.py": keeping})


def test_gunicorn_with_two_workers(host):
    """Both workers are found, one can be killed, and the rest goes on."""
    app = """
import os
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
"""

    async def story(platform: Platform) -> None:
        service = await platform.start()
        victim = await service.connection()
        assert (await victim.get("/")).text == str(victim.pid)
        assert victim.pid != service.pid
        service.kill(victim.pid)
        assert (await victim.get("/")).status_code is None
        while victim.pid in {proc.pid for proc in service.processes()}:  # noqa: ASYNC110 - the process table is silent
            await asyncio.sleep(0.01)
        assert (await service.get("/")).text != str(victim.pid)
        ended = await service.stop()
        assert ended.clean

    host(story, {"main.py": app}, "web: gunicorn -k uvicorn_worker.UvicornWorker -b $HOST:$PORT main:app")


def test_signals_go_to_the_main_process_or_to_the_one_named(host, server):
    """A stranger gets none."""
    told = server(before="signal.signal(signal.SIGHUP, lambda *_: print('again', flush=True))")

    async def story(platform: Platform) -> None:
        service = await platform.start()
        assert not service.disturbed
        service.signal("HUP")
        await service.output.until_line(lambda text: text == "again")
        service.signal(signal.SIGHUP, os.getpid())
        assert service.disturbed
        assert service.alive
        service.signal("SIGINT")
        ended = await service.exited(within=5)
        assert (ended.killed, ended.left, service.alive, service.died) == (False, [], False, None)
        with pytest.raises(ProcessLookupError):
            os.kill(service.pid, 0)
        labels = [event.label for event in platform._timeline.events if event.kind == "signal"]
        assert labels[0] == f"SIGHUP sent to the main process (pid {service.pid})"

    host(story, {"server.py": told})


def test_a_signal_that_the_checker_ignores_is_not_ignored_by_the_service(host, server):
    """As under `nohup`, or in the background of a script."""

    async def story(platform: Platform) -> int | None:
        service = await platform.start()
        service.signal("HUP")
        return (await service.exited(within=10)).code

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert host(story, {"server.py": server()}) == 128 + signal.SIGHUP
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_process_that_does_not_end_is_an_unmet_expectation(host, server):
    """`exited` waits no longer than it is told to."""

    async def story(platform: Platform) -> None:
        service = await platform.start()
        with pytest.raises(Unmet, match=r"Expected the main process to end; observed it was still running after 0.1 s"):
            await service.exited(within=0.1)

    host(story, {"server.py": server()})


def test_a_restart_keeps_place_and_port(host, server):
    """Only the process is new."""

    async def story(platform: Platform) -> None:
        service = await platform.start()
        before, url = service.pid, service.url
        (service.directory / "kept").write_text("")
        ended = await service.restart()
        assert ended.code == 143
        assert (service.url, service.pid != before, service.alive) == (url, True, True)
        assert (service.directory / "kept").exists()
        assert (await service.get("/")).status_code == 200
        assert [line.text for line in service.output.lines] == ["listening", "listening"]

    host(story, {"server.py": server()})


def test_release_runs_first_and_worker_beside_web(host, server):
    """Each line of output says whose it is."""
    files = {
        "server.py": server(),
        "release.py": "open('migrated', 'w')\nprint('migrated')\n",
        "worker.py": "import sys, time\nopen('migrated')\nprint('working', file=sys.stderr)\ntime.sleep(60)\n",
    }
    procfile = "worker: python -I -S worker.py\nweb: python -I -S server.py\nrelease: python -I -S release.py\n"

    async def story(platform: Platform) -> None:
        service = await platform.start()
        await service.output.until_line(lambda text: text == "working")
        lines = [(line.process, line.stream, line.text) for line in service.output.lines]
        assert lines[0] == ("release", "stdout", "migrated")
        assert set(lines[1:]) == {("web", "stdout", "listening"), ("worker", "stderr", "working")}
        commands = [proc.command.split()[-1] for proc in service.processes()]
        assert sorted(commands) == ["server.py", "worker.py"]
        assert all(isinstance(proc, Proc) and proc.memory > 0 for proc in service.processes())
        alone = await platform.start(processes=["web"])
        assert [proc.pid for proc in alone.processes()] == [alone.pid]
        assert {service, alone} == set(platform.running)
        await alone.stop()
        assert platform.running == [service]

    host(story, files, procfile)


def test_bad_starts_side_by_side_each_get_their_own_reason(host):
    """Also when a variable is one the platform itself goes by."""
    strict = """
import os, sys
for name in ("PORT", "HOST", "SECRET_KEY"):
    value = os.environ.get(name, "")
    if not value or (name == "PORT" and not (value.isdigit() and 0 < int(value) < 65536)):
        sys.exit(f"{name} is missing or wrong")
"""

    async def story(platform: Platform) -> list[BaseException]:
        bad = [{"PORT": None}, {"PORT": "eighty"}, {"PORT": "99999"}, {"HOST": ""}, {"SECRET_KEY": None}]
        starts = [platform.start(**overrides) for overrides in bad]
        return await asyncio.gather(*starts, return_exceptions=True)

    crashes = host(story, {"server.py": strict})
    assert [type(crash) for crash in crashes] == [DidNotStart] * 5
    named = ["PORT", "PORT", "PORT", "HOST", "SECRET_KEY"]
    assert [crash.text for crash in crashes] == [f"{name} is missing or wrong" for name in named]
    assert {line.stream for crash in crashes for line in crash.lines} == {"stderr"}


def test_a_start_that_nobody_waits_for(host):
    """The exit is there to be read."""

    async def story(platform: Platform) -> tuple:
        service = await platform.start(wait=False)
        ended = await service.exited(within=5)
        return ended.code, service.output.text

    assert host(story, {"server.py": "import sys; sys.exit('no')"}) == (1, "no")


def test_a_copy_begun_in_advance_is_handed_out_to_who_asks_for_its_environment(host, server):
    """Until then nobody sees it; what was never asked for is gone with the platform."""

    async def story(platform):
        platform.start_in_advance(2, LOG_LEVEL="DEBUG")
        other = await platform.start()
        unseen = [event.label for event in platform._timeline.events]
        handed_out = await platform.start(LOG_LEVEL="DEBUG")
        await handed_out.get("/")
        seen = [event.label for event in platform._timeline.events]
        return other, handed_out, unseen, seen, len(platform.started)

    other, handed_out, unseen, seen, started = host(story, {"server.py": server()})
    assert unseen == [f"web started (pid {other.pid})"]
    assert seen[-2:] == [f"web is up (pid {handed_out.pid})", "GET /"]
    assert handed_out.environment["LOG_LEVEL"] == "DEBUG"
    assert started == 2


def test_a_start_is_as_fast_as_the_app(host, server):
    """The platform polls; it does not sleep."""

    async def story(platform: Platform) -> float:
        begun = time.monotonic()
        await platform.start()
        return time.monotonic() - begun

    assert host(story, {"server.py": server()}) < 2


def test_output_can_be_waited_for_and_read_since_a_mark(host, server):
    """What does not come is an unmet expectation that shows the last line."""
    chatty = server("print('asked', flush=True); reply(b'ok')")

    async def story(platform: Platform) -> None:
        service = await platform.start()
        await service.get("/")
        mark = service.output.mark()
        await service.get("/")
        await service.output.until_line(lambda text: "asked" in text, since=mark)
        assert [line.text for line in service.output.since(mark)] == ["asked"]
        assert [line.text for line in service.output.tail(1)] == ["asked"]
        with pytest.raises(Unmet, match=r"none within 0.1 s; the last line was 'asked'"):
            await service.output.until_line(lambda text: "never" in text, within=0.1)

    host(story, {"server.py": chatty})


def test_the_guardian_is_told_of_every_process_group(host, server, monkeypatch):
    """Owned when it starts, released when it has ended."""
    told = []

    class Guardian:
        def owns(self, pgid: int) -> None:
            told.append(("owns", pgid))

        def released(self, pgid: int) -> None:
            told.append(("released", pgid))

    async def story(platform: Platform) -> int:
        monkeypatch.setattr(platform, "_guardian", Guardian())
        service = await platform.start()
        await service.stop()
        return service.pid

    pid = host(story, {"server.py": server()})
    assert told == [("owns", pid), ("released", pid)]
