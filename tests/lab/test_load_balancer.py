"""The platform's proxy: whom it asks, whom it believes, and what its clients see of an instance's end."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from onduty.lab.hosting.load_balancer import LoadBalancer
from onduty.lab.recorder import Timeline
from onduty.lab.unmet import Unmet

WHO = "reply(str(os.getpid()).encode())"
UNLESS_BUSY = """if b"/health/ready" in request and os.path.exists("busy"):
            connection.sendall(b"HTTP/1.1 503 Service Unavailable\\r\\nContent-Length: 0\\r\\n\\r\\n")
        else:
            reply(b'ok')"""


@asynccontextmanager
async def balancing(*services, timeline=None):
    balancer = LoadBalancer(timeline or Timeline())
    try:
        for number, service in enumerate(services, start=1):
            balancer.add(service, f"instance {number}")
        yield balancer
    finally:
        await balancer.close()


def test_requests_go_to_the_ready_instances_in_turn(host, server):
    async def story(platform):
        services = [await platform.start(), await platform.start()]
        async with balancing(*services) as balancer:
            for service in services:
                await balancer.until_in_rotation(service)
            answers = [await balancer.get("/") for _ in range(4)]
        return {str(service.pid) for service in services}, [answer.text for answer in answers]

    pids, told = host(story, {"server.py": server(WHO)})
    assert set(told) == pids
    assert told[:2] == told[2:]


def test_a_favourite_gets_everything_until_it_has_answered_the_next_question(host, server):
    async def story(platform):
        services = [await platform.start(), await platform.start()]
        async with balancing(*services) as balancer:
            for service in services:
                await balancer.until_in_rotation(service)
            await balancer.until_asked(services[0])
            balancer.favour(services[0])
            at_first = [(await balancer.get("/")).text for _ in range(3)]
            await balancer.until_asked(services[0])
            later = [(await balancer.get("/")).text for _ in range(2)]
        return str(services[0].pid), at_first, later

    pid, at_first, later = host(story, {"server.py": server(WHO)})
    assert at_first == [pid] * 3
    assert len(set(later)) == 2


def test_an_instance_is_in_rotation_while_it_says_that_it_is_ready(host, server):
    async def story(platform):
        timeline = Timeline()
        service = await platform.start()
        async with balancing(service, timeline=timeline) as balancer:
            await balancer.until_in_rotation(service)
            ready = await balancer.get("/")
            (service.directory / "busy").touch()
            await balancer.until_asked(service)
            busy = await balancer.get("/")
            (service.directory / "busy").unlink()
            await balancer.until_in_rotation(service)
            again = await balancer.get("/")
            heard = [answer.status_code for answer in balancer.heard(service)]
        return [ready, busy, again], heard, timeline.events

    answers, heard, events = host(story, {"server.py": server(UNLESS_BUSY)})
    assert [(answer.status_code, answer.text) for answer in answers] == [
        (200, "ok"),
        (503, "no instance is ready"),
        (200, "ok"),
    ]
    assert heard[0] == heard[-1] == 200
    assert 503 in heard
    drawn = [(event.label, event.outcome) for event in events if event.lane == "proxy"]
    assert drawn[0] == ("proxy sends requests to instance 1", "ready? 503 Service Unavailable")


def test_an_instance_that_is_never_ready_is_quoted(host, server):
    async def story(platform):
        service = await platform.start()
        (service.directory / "busy").touch()
        async with balancing(service) as balancer:
            await balancer.until_in_rotation(service, within=0.2)

    with pytest.raises(Unmet, match=r"200 from GET /health/ready .* instance 1: .*503 Service Unavailable"):
        host(story, {"server.py": server(UNLESS_BUSY)})


def test_until_it_has_asked_the_proxy_sends_requests_to_a_closed_port(host, server):
    """And says so with a 502; it does not try another instance."""

    async def story(platform):
        service = await platform.start()
        async with balancing(service) as balancer:
            await balancer.until_in_rotation(service)
            await service.stop(0.1)
            unknowing = await balancer.get("/")
            await balancer.until_asked(service)
            return unknowing, await balancer.get("/")

    unknowing, knowing = host(story, {"server.py": server()})
    assert (unknowing.status_code, unknowing.text) == (502, "instance 1 takes no connection")
    assert knowing.status_code == 503


def test_a_connection_that_is_broken_off_is_broken_off_for_the_client(host, server):
    breaks = "if b'/health' in request: reply(b'ok')"

    async def story(platform):
        service = await platform.start()
        async with balancing(service) as balancer:
            await balancer.until_in_rotation(service)
            return await balancer.get("/")

    assert host(story, {"server.py": server(breaks)}).outcome == "closed without an answer"


def test_large_things_pass_in_both_directions(host, server):
    counts = """while len(request) < 300_000: request += connection.recv(65536)
        reply(request[-250_000:])""".replace("while", "while b'POST' in request and")

    async def story(platform):
        service = await platform.start()
        async with balancing(service) as balancer:
            await balancer.until_in_rotation(service)
            return await balancer.post("/", content=b"x" * 300_000)

    assert host(story, {"server.py": server(counts)}).content == b"x" * 250_000


def test_nobody_is_asked_after_the_end(host, server):
    async def story(platform):
        service = await platform.start()
        async with balancing(service) as balancer:
            await balancer.until_in_rotation(service)
            held = balancer.later.get("/")
        return held, len(asyncio.all_tasks())

    held, tasks = host(story, {"server.py": server()})
    assert held.cancelled()
    assert tasks == 1
