"""Two processes on one socket: who takes a connection while the other is frozen."""

from __future__ import annotations

import asyncio

from onduty.lab.hosting.workers import Workers

FORKED = "os.fork()"


async def taker(workers: Workers) -> int | None:
    connection = await workers.connection()
    return connection.pid if connection else None


def test_while_one_worker_is_frozen_the_other_takes_the_connection(host, server):
    async def story(platform):
        service = await platform.start()
        workers = Workers(service)
        first = await taker(workers)
        async with workers.frozen(first):
            second = await taker(workers)
        return first, second, service.pid, service.disturbed

    first, second, main, disturbed = host(story, {"server.py": server(listening=FORKED)})
    assert None not in (first, second)
    assert main in (first, second)
    assert first != second
    assert not disturbed


def test_nobody_else_takes_a_connection_from_the_only_worker(host, server):
    async def story(platform):
        workers = Workers(await platform.start())
        async with workers.frozen(await taker(workers)):
            return await taker(workers)

    assert host(story, {"server.py": server()}) is None


def test_a_worker_that_is_still_starting_is_waited_for(host, server):
    slow = "if os.fork() == 0:\n    end = time.monotonic() + 1.6\n    while time.monotonic() < end: pass\n"

    async def story(platform):
        service = await platform.start()
        workers = Workers(service)
        async with workers.frozen(service.pid):
            return service.pid, await taker(workers)

    main, second = host(story, {"server.py": server(listening=slow)})
    assert second not in (None, main)


def test_a_port_that_is_closed_for_a_moment_is_waited_for(host, server):
    late = "end = time.monotonic() + 1.6\nwhile time.monotonic() < end: pass"

    async def story(platform):
        service = await platform.start(wait=False)
        return service.pid, await taker(Workers(service))

    main, taken_by = host(story, {"server.py": server(before=late)})
    assert taken_by == main


def test_it_tells_who_takes_connections_and_who_only_lives(host, server):
    idle = "if os.fork() == 0:\n    listener.close()\n    time.sleep(60)\n"

    async def story(platform):
        service = await platform.start()
        workers = Workers(service)
        idler = next(process.pid for process in service.processes() if process.pid != service.pid)
        return await asyncio.gather(workers.takes_connections(service.pid)), await workers.takes_connections(idler)

    assert host(story, {"server.py": server(listening=idle)}) == ([True], False)


def test_a_killed_worker_is_gone_afterwards(host, server):
    async def story(platform):
        service = await platform.start()
        workers = Workers(service)
        victim = max(process.pid for process in service.processes())
        await workers.kill(victim)
        return victim, [process.pid for process in service.processes()], service.disturbed

    victim, left, disturbed = host(story, {"server.py": server(listening=FORKED)})
    assert victim not in left
    assert left
    assert disturbed
