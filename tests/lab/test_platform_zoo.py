"""Apps that do not behave: each gets one sentence of its own, and none gets away."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import pytest

from onduty.lab.hosting import boot
from onduty.lab.hosting.errors import (
    Daemonised,
    DidNotStart,
    Died,
    ExitedEarly,
    NeverBound,
    PortHeld,
    ProcfileError,
    ReleaseFailed,
    ServiceCrashed,
)

if TYPE_CHECKING:
    from onduty.lab.hosting.deployment import Exit
    from onduty.lab.hosting.platform import Platform

    Host = object

DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        {child}
        time.sleep(60)
    os._exit(0)
"""


async def start(platform: Platform) -> None:
    """Start the app, which is expected to fail."""
    await platform.start()


def refusal(host, files, kind, procfile="web: python -I -S server.py"):
    """Return what the platform says about an app that does not start."""
    with pytest.raises(kind) as caught:
        host(start, files, procfile)
    assert type(caught.value) is kind
    return caught.value


def test_a_syntax_error_is_quoted(host):
    """The sentence holds the line that says why."""
    crash = refusal(host, {"server.py": "def main(:\n"}, DidNotStart)
    assert str(crash) == (
        "`web` ended with exit status 1 before the service was up. It said: SyntaxError: invalid syntax"
    )
    assert crash.exit_code == 1
    assert any("server.py" in line for line in crash.output)


def test_an_import_error_is_quoted(host):
    """Also when the server prints more after it."""
    files = {"server.py": "import atexit\natexit.register(print, 'bye')\nimport nonsense_that_is_not_there\n"}
    crash = refusal(host, files, DidNotStart)
    assert "It said: ModuleNotFoundError: No module named 'nonsense_that_is_not_there'" in str(crash)


BROKEN_APP = {"app/__init__.py": "", "app/main.py": "raise RuntimeError('no beans')\n"}


def test_gunicorn_whose_workers_cannot_import_the_app_did_not_start(host):
    """It listens before its workers have read the app; that does not count as up."""
    crash = refusal(host, BROKEN_APP, DidNotStart, "web: gunicorn -b $HOST:$PORT app.main:app")
    assert crash.exit_code  # 3, or 1 when gunicorn trips over the second worker's death
    assert str(crash).endswith("before the service was up. It said: RuntimeError: no beans")


def test_uvicorn_that_starts_broken_workers_for_ever_did_not_start(host):
    """Its main process never ends. The loop shows in its repetition; sometimes uvicorn rests for 5 s in between."""
    begun = time.monotonic()
    crash = refusal(host, BROKEN_APP, DidNotStart, "web: uvicorn app.main:app --host $HOST --port $PORT --workers 2")
    assert re.fullmatch(
        "`web` is running, but a process that it started"
        " (ends as soon as it is started, again and again|has ended, and nothing listens)."
        " It said: RuntimeError: no beans",
        str(crash),
    )
    assert time.monotonic() - begun < boot.BOOT_LIMIT / 2


def test_a_reloader_that_waits_for_better_code_did_not_start(host):
    """It would wait for ever."""
    begun = time.monotonic()
    crash = refusal(host, BROKEN_APP, DidNotStart, "web: uvicorn app.main:app --host $HOST --port $PORT --reload")
    assert str(crash) == (
        "`web` is running, but a process that it started has ended, and nothing listens."
        " It said: RuntimeError: no beans"
    )
    assert time.monotonic() - begun < boot.BOOT_LIMIT / 2


def test_a_process_that_was_killed_is_told_so(host):
    """The signal is named."""
    crash = refusal(host, {"server.py": "import os\nos.kill(os.getpid(), 9)\n"}, DidNotStart)
    assert str(crash) == "`web` was killed by SIGKILL before the service was up. It printed nothing."


def test_a_missing_procfile_is_told_from_a_missing_web_line_and_a_missing_program(host, tmp_path):
    """All of them are found before anything runs."""
    assert "knows no `clock`" in str(refusal(host, {}, ProcfileError, "web: x\nclock: y"))


def test_a_missing_program_is_named(host):
    """Most likely a typing error."""
    crash = refusal(host, {}, ProcfileError, "web: gunicrn app.main:app")
    assert str(crash) == (
        "Procfile, `web`: `gunicrn` cannot be run (No such file or directory); is the program's name right?"
    )


def test_an_app_that_never_binds(host, monkeypatch):
    """It is given its time, and then told what was missing."""
    monkeypatch.setattr(boot, "BOOT_LIMIT", 0.6)
    crash = refusal(host, {"server.py": "import time\nprint('thinking', flush=True)\ntime.sleep(60)\n"}, NeverBound)
    assert re.fullmatch(
        r"`web` ran for 1 s and did not listen on \$HOST:\$PORT \(127.0.0.1:\d+\);"
        r" look at what it does while it starts.",
        str(crash),
    )
    assert crash.output == ["thinking"]


def test_an_app_that_listens_and_accepts_nothing(host, monkeypatch):
    """A full queue is no service."""
    monkeypatch.setattr(boot, "BOOT_LIMIT", 0.6)
    text = "import os, socket, time\ns = socket.create_server(('', int(os.environ['PORT'])))\ntime.sleep(60)\n"
    assert "and took no connection within 1 s" in str(refusal(host, {"server.py": text}, NeverBound))


def test_an_app_on_another_port_is_told_which(host):
    """As soon as it has come to rest, not after the whole time-out."""
    text = (
        "import socket, time\ns = socket.create_server(('127.0.0.1', 0))\n"
        "print(s.getsockname()[1], flush=True)\ntime.sleep(60)\n"
    )
    begun = time.monotonic()
    crash = refusal(host, {"server.py": text}, NeverBound)
    assert time.monotonic() - begun < boot.BOOT_LIMIT / 2
    assert f"`web` listens on 127.0.0.1:{crash.output[0]}, not on $HOST:$PORT (127.0.0.1:" in str(crash)


def test_an_app_that_exits_0(host):
    """Success is not what was asked for."""
    crash = refusal(host, {"server.py": "print('done')\n"}, ExitedEarly)
    assert str(crash) == "`web` ended with exit status 0 before the service was up; it must run until it is stopped."


def test_an_app_that_forks_and_returns(host):
    """The platform could not stop what it did not start, so it says no, and ends the daemon."""
    crash = refusal(host, {"server.py": DAEMON.format(child="pass")}, Daemonised)
    assert re.match(r"`web` returned and left .*python.* server.py \(pid \d+\) running in the background;", str(crash))


def test_a_release_that_fails_stops_the_deploy(host, server):
    """Nothing else is started."""
    files = {"server.py": server(), "release.py": "raise SystemExit('table orders is locked')"}
    procfile = "web: python -I -S server.py\nrelease: python -I -S release.py"
    crash = refusal(host, files, ReleaseFailed, procfile)
    assert str(crash) == "`release` ended with exit status 1, so nothing was deployed. It said: table orders is locked"
    assert "listening" not in crash.output


def test_a_release_that_does_not_end_stops_the_deploy(host, server, monkeypatch):
    """It has its time as well."""
    monkeypatch.setattr(boot, "RELEASE_LIMIT", 0.2)
    crash = refusal(host, {"server.py": server()}, ReleaseFailed, "web: run\nrelease: python -I -S server.py")
    assert str(crash) == "`release` was still running after 0.2 s; it must do its work and end."


def test_a_worker_that_fails_is_told_by_its_name(host, server):
    """`web` alone is not the service."""
    slow = server(before="time.sleep(1)")
    procfile = "web: python -I -S server.py\nworker: python -I -S worker.py"
    crash = refusal(host, {"server.py": slow, "worker.py": "1 / 0"}, DidNotStart, procfile)
    assert str(crash).startswith("`worker` ended with exit status 1 before the service was up.")
    assert "ZeroDivisionError" in str(crash)


def test_100_mb_of_output_cost_neither_memory_nor_time(host, server):
    """The newest lines are kept, the rest is counted."""
    flood = server(before="for _ in range(1000): sys.stdout.write(('x' * 99 + '\\n') * 1000)")

    async def story(platform: Platform) -> tuple[int, int, str]:
        service = await platform.start()
        assert (await service.get("/")).status_code == 200
        await service.output.until_line(lambda text: text == "listening")
        lines = service.output.lines
        return len(lines), service.output.dropped + len(lines), lines[-1].text

    begun = time.monotonic()
    kept, came, last = host(story, {"server.py": flood})
    assert time.monotonic() - begun < 15  # 0.4 s where nobody else needs the processors
    assert kept <= 10_000
    assert came == 1_000_001
    assert last == "listening"


def test_a_line_without_end_is_cut(host, server):
    """Memory stays bounded there too."""
    flood = server(before="for _ in range(20): sys.stdout.write('x' * 1_000_000)\nprint(flush=True)")

    async def story(platform: Platform) -> int:
        service = await platform.start()
        await service.output.until_line(lambda text: text == "listening")
        return len(service.output.text)

    assert host(story, {"server.py": flood}) < 2_200_000


def stopped(host, files, grace=0.3):
    """Return how an app ends when it is stopped."""

    async def story(platform: Platform) -> Exit:
        return await (await platform.start()).stop(grace)

    return host(story, files)


def test_a_good_app_ends_at_sigterm(host, server):
    """143 is what a process ended by SIGTERM gives."""
    ended = stopped(host, {"server.py": server()}, grace=5)
    assert (ended.code, ended.killed, ended.left, ended.clean) == (143, False, [], True)
    assert ended.seconds < 1


def test_an_app_that_ignores_sigterm_is_killed_after_the_grace(host, server):
    """And that is told."""
    ended = stopped(host, {"server.py": server(before="signal.signal(signal.SIGTERM, signal.SIG_IGN)")})
    assert (ended.code, ended.killed, ended.clean) == (137, True, False)
    assert 0.3 <= ended.seconds < 2
    assert re.match(
        r"was still there 0\.\d\d s after SIGTERM, so the platform sent SIGKILL: .*server.py \(pid \d+\)", str(ended)
    )


def test_a_shell_that_dies_and_leaves_its_child(host, server):
    """SIGTERM goes to the main process only, as on a platform."""

    async def story(platform: Platform) -> Exit:
        return await (await platform.start()).stop(0.3)

    ended = host(story, {"server.py": server()}, "web: sh -c 'python -I -S server.py; echo bye'")
    assert ended.killed
    assert [proc.command.endswith("server.py") for proc in ended.left] == [True]


def test_a_child_that_holds_the_port_after_the_death_of_its_parent_is_killed(host, server):
    """In a session of its own, with another environment and another working directory."""
    child = (
        "import os, sys\nif os.fork() == 0:\n    os.setsid()\n    os.chdir('/')\n"
        "    os.execve(sys.executable, [sys.executable, '-I', '-S', '-c', SERVER], "
        "{'HOST': os.environ['HOST'], 'PORT': os.environ['PORT']})\n"
        "os.wait()\n"
    )
    ended = stopped(host, {"server.py": f"SERVER = {server()!r}\n{child}"})
    assert ended.killed
    assert len(ended.left) == 1


def test_a_daemon_is_found_and_killed(host, server):
    """Wherever it went, it has our HOME."""
    ended = stopped(host, {"server.py": server(before=DAEMON.format(child="os.chdir('/')"))})
    assert ended.killed
    assert len(ended.left) == 1


def test_a_port_that_stays_taken_is_told(host, server):
    """Whoever has it, the next start could not succeed."""

    async def story(platform: Platform) -> None:
        service = await platform.start()
        service.kill()
        await service.exited()
        squatter = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", service.port)
        async with squatter:
            with pytest.raises(PortHeld, match=f"somebody still listens on its port {service.port}"):
                await service.restart()

    host(story, {"server.py": server()})


def test_a_service_that_dies_later_is_told_from_one_that_is_stopped(host, server):
    """`died` is about those that nobody had asked to end."""
    fragile = server("os._exit(3)")

    async def story(platform: Platform) -> tuple[Died | None, bool, str]:
        good, bad = await platform.start(), await platform.start()
        assert good.died is bad.died is None
        await good.stop()
        answer = await bad.get("/poison")
        assert good.died is None
        return bad.died, bad.alive, repr(answer)

    died, alive, answer = host(story, {"server.py": fragile})
    assert str(died) == "`web` ended with exit status 3 while the service was up. It said: listening"
    assert not alive
    assert answer in {"GET /poison → closed without an answer", "GET /poison → connection reset"}


def test_an_app_that_cannot_be_read_is_told(host, tmp_path):
    """The learner's files may be anywhere."""

    async def story(platform: Platform) -> None:
        await platform.start(app=tmp_path / "nowhere")

    with pytest.raises(ServiceCrashed, match="cannot be read"):
        host(story, {})
