"""Several instances, and their replacement in turn."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from onduty.lab.hosting.errors import ServiceCrashed
from onduty.lab.hosting.instances import Instances
from onduty.lab.recorder import Timeline

WHO = "reply(str(os.getpid()).encode())"


@asynccontextmanager
async def several(platform):
    instances = Instances(platform, Timeline())
    try:
        yield instances
    finally:
        await instances.close()


def test_each_instance_is_replaced_by_a_new_one(host, server):
    async def story(platform):
        async with several(platform) as instances:
            old = await instances.start(2, LOG_LEVEL="DEBUG")
            before = {(await instances.proxy.get("/")).text for _ in range(2)}
            ended = await instances.replace_each()
            new = instances.running
            alive = [service.alive for service in (*old, *new)]
            environments = [service.environment["LOG_LEVEL"] for service in new]
            return old, before, ended, alive, environments

    old, before, ended, alive, environments = host(story, {"server.py": server(WHO)})
    assert before == {str(service.pid) for service in old}
    assert [end.code for end in ended] == [143, 143]
    assert alive == [False, False, True, True]
    assert environments == ["DEBUG", "DEBUG"]


def test_an_old_instance_is_stopped_when_it_has_just_been_asked(host, server):
    """It serves on after SIGTERM, and the proxy goes on sending: it does not know."""
    serves_on = "signal.signal(signal.SIGTERM, lambda *_: print('told'))"

    async def story(platform):
        async with several(platform) as instances:
            (old,) = await instances.start(1, GRACE_SECONDS="0.1")
            asked = len(instances.proxy.heard(old))
            stopping = await instances.replace(old)
            answer = await instances.proxy.get("/")
            asked_meanwhile = len(instances.proxy.heard(old)) - asked
            ended = await stopping
            return old.pid, asked_meanwhile, answer.text, ended.killed

    pid, asked, told, killed = host(story, {"server.py": server(WHO, before=serves_on)})
    assert asked >= 1
    assert str(pid) == told
    assert killed


def test_the_new_ones_start_before_anybody_is_replaced(host, server):
    """What is measured while instances are replaced is not disturbed by a start."""

    async def story(platform):
        async with several(platform) as instances:
            (old,) = await instances.start(1)
            pids = {service.pid for service in platform.running}
            await (await instances.replace(old))
            return len(pids), instances.running[0].pid in pids

    assert host(story, {"server.py": server()}) == (2, True)


def test_an_instance_that_does_not_start_is_told_as_a_crash(host):
    async def story(platform):
        async with several(platform) as instances:
            await instances.start(2)

    with pytest.raises(ExceptionGroup) as crash:
        host(story, {"server.py": "raise SystemExit(3)"})
    assert crash.group_contains(ServiceCrashed)
