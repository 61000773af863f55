"""`onduty run`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from onduty.cli.console import note, say
from onduty.cli.here import ChapterName, choose, find_workspace
from onduty.cli.options import LabName
from onduty.course.catalog import Chapter, Course
from onduty.course.problems import Problem
from onduty.reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from onduty.lab import Lab
    from onduty.lab.hosting.deployment import Exit
    from onduty.lab.providers import Provider

LOOK_AGAIN = 0.1
USUAL_PORT = 8000


def run(
    name: ChapterName = None,
    *,
    port: Annotated[
        int, typer.Option(metavar="PORT", min=1024, max=65535, help="Where the service listens.")
    ] = USUAL_PORT,
    lab: LabName = "embedded",
) -> int:
    """Run your service with its lab, in the foreground: its URL, a psql line, its logs.

    It starts again after each change to your files. Ctrl-C ends it, and everything with it.
    """
    import asyncio

    from onduty.lab.network import ports

    course = Course.find_course()
    workspace = find_workspace(course)
    chapter = choose(course, workspace, name)
    if ports.accepts(port):
        raise Problem(f"Somebody listens on port {port} already: end that program, or choose another port with --port.")
    asyncio.run(_serve(chapter, workspace.opened(chapter), port, lab))
    return 0


async def _serve(chapter: Chapter, app: "Path", port: int, provider: "Provider") -> None:
    import asyncio

    from watchfiles import awatch

    from onduty.cli.watching import DEBOUNCE_MS, Source
    from onduty.lab import open_lab

    database = chapter.checks / "database.sql"
    given = database if database.is_file() else None
    broken = asyncio.Event()

    def begin(lab: "Lab") -> asyncio.Task[None]:
        life = asyncio.create_task(_live(lab, environment))
        life.add_done_callback(lambda ended: None if ended.cancelled() or not ended.exception() else broken.set())
        return life

    environment = {"PORT": str(port), "ENVIRONMENT": "development", **chapter.environment}
    async with open_lab(set(chapter.needs), app=app, database=given, provider=provider) as lab:
        _introduce(chapter, lab, port)
        life = begin(lab)
        try:
            async for _ in awatch(app, watch_filter=Source(), debounce=DEBOUNCE_MS, stop_event=broken):
                life.cancel()
                await asyncio.wait([life])
                if broken.is_set():
                    break
                await lab.tidy()
                say(("changed: starting again", "dim"))
                life = begin(lab)
            await life
        finally:
            # First, or it would tell of a service that the lab ends as of one that died.
            life.cancel()
            await asyncio.wait([life])


async def _live(lab: "Lab", environment: "Mapping[str, Any]") -> None:
    """Start the service and print what it says until somebody ends this."""
    import asyncio

    from onduty.lab.hosting.errors import ServiceCrashed

    try:
        service = await lab.platform.start(**environment)
    except ServiceCrashed as crash:
        note(str(crash))
        for line in crash.output:
            note(f"  {visible(line)}")
        note("Change a file to try again, or Ctrl-C.")
        return
    say((f"web is up: pid {service.pid}", "dim"))
    printed, was_alive = 0, True
    while True:
        for printed_line in service.output.since(printed):
            say(visible(printed_line.text))
        printed = service.output.mark()
        if was_alive and not service.alive:
            was_alive = False
            _tell_the_end(await service.exited())
        await asyncio.sleep(LOOK_AGAIN)


def _tell_the_end(ended: "Exit") -> None:
    """Say how the process ended that the platform had started, and who goes on without it."""
    left = f" Still there: {', '.join(map(str, ended.left))}." if ended.left else ""
    note(f"web has ended with exit status {ended.code}.{left} Change a file to start it again, or Ctrl-C.")


def _introduce(chapter: Chapter, lab: "Lab", port: int) -> None:
    say((f"{chapter.number:02} {chapter.title}", "bold"), "   Ctrl-C ends it")
    say("  service   ", (f"http://127.0.0.1:{port}", "bold"))
    if "postgres" in chapter.needs:
        say("  database  ", f"psql {lab.postgres.url}")
    if "valkey" in chapter.needs:
        say("  cache     ", lab.valkey.url)
    if "payments" in chapter.needs:
        say("  payments  ", lab.payments.url)
    say()
