"""The orchestrator that watches a service: what it would have done, and how the timeline tells it."""

from __future__ import annotations

import pytest

from onduty.lab.hosting.orchestrator import Orchestrator
from onduty.lab.recorder import Timeline
from onduty.lab.unmet import Unmet

STATUS = """connection.sendall(
            b"HTTP/1.1 %s\\r\\nContent-Length: 0\\r\\n\\r\\n"
            % open("ready" if b"/health/ready" in request else "live", "rb").read()
        )"""
WELL, UNWELL = "200 OK", "503 Service Unavailable"


@pytest.fixture
def watch_over(host, server):
    """Tell a story about a service whose health is what two files say, and return what was drawn."""

    def run(story, ready=WELL, live=WELL):
        timeline = Timeline()

        async def main(platform):
            service = await platform.start()
            async with Orchestrator(timeline).watching(service) as watch:
                await story(watch, service.directory)

        host(main, {"server.py": server(STATUS), "ready": ready, "live": live})
        return [(event.label, event.outcome) for event in timeline.events if event.lane == "platform"]

    return run


def test_a_service_that_is_well_is_left_alone(watch_over):
    async def story(watch, _):
        await watch.until_judged()
        assert await watch.until_back(within=5)
        assert (watch.restarts, watch.is_out, watch.liveness.failing) == (0, False, 0)
        assert watch.readiness.latest.outcome == WELL

    drawn = watch_over(story)
    assert drawn.count(("probes of /health/live", WELL)) == 1
    assert drawn[-2:] == [("platform: send traffic", None), ("platform: leave alone", None)]


def test_one_that_is_not_ready_is_taken_out_and_put_back(watch_over):
    async def story(watch, directory):
        assert await watch.until_back(within=5)
        (directory / "ready").write_text(UNWELL)
        assert await watch.until_out(within=5)
        assert watch.readiness.latest.status_code == 503
        (directory / "ready").write_text(WELL)
        assert await watch.until_back(within=5)
        assert watch.restarts == 0

    drawn = watch_over(story)
    assert ("platform: take out", "put back") in drawn
    assert ("platform: send traffic", None) not in drawn
    assert drawn[-1] == ("platform: leave alone", None)
    assert [outcome for label, outcome in drawn if label == "probes of /health/ready"] == [WELL, UNWELL, WELL]


def test_one_that_is_not_alive_would_be_restarted_once_for_each_row_of_failures(watch_over):
    async def story(watch, directory):
        await watch.until_judged()
        assert watch.restarts == 1
        (directory / "live").write_text(WELL)
        await watch.until_judged()
        assert (watch.restarts, watch.liveness.failing) == (1, 0)

    drawn = watch_over(story, live=UNWELL)
    assert drawn.count(("platform: restart", "2 liveness probes in a row failed")) == 1
    assert ("platform: leave alone", None) not in drawn


def test_one_that_is_still_out_at_the_end_says_so(watch_over):
    async def story(watch, _):
        assert await watch.until_out(within=5)
        assert not await watch.until_back(within=0.2)

    assert ("platform: take out", "still out") in watch_over(story, ready=UNWELL)


def test_one_that_stays_ready_is_not_out(watch_over):
    async def story(watch, _):
        assert not await watch.until_out(within=0.2)
        assert watch.readiness.heard

    watch_over(story)


def test_before_the_first_answer_there_is_none(watch_over):
    async def story(watch, _):
        with pytest.raises(Unmet, match="an answer from /health/live"):
            _ = watch.liveness.latest

    assert watch_over(story) == []
