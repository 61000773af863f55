"""A till that is alive, and can be stopped."""

from onduty.checking import Because, task
from onduty.lab.hosting.platform import Platform
from onduty.lab.hosting.service import Service


@task("01.1", id="says-live")
async def test_liveness_answers_200(service: Service) -> None:
    """A process that can answer says that it lives."""
    alive = await service.get("/health/live")
    assert alive.status_code == 200, Because(
        "the health check did not answer 200, so the platform restarts the process",
        likely="app/health.py answers with another status code",
    )
    assert alive.json()["status"] == "live", Because("the body did not say `live`", observed=alive.text)


@task("01.2", id="ends-at-sigterm")
async def test_sigterm_ends_the_process(platform: Platform) -> None:
    """A service ends when the platform says so."""
    service = await platform.start()
    ended = await service.stop(grace=3)
    assert not ended.killed, Because(
        "the process was still running 3 s after SIGTERM and had to be killed", likely="it ignores SIGTERM"
    )
