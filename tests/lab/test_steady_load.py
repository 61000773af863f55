"""A steady load: how much is sent, what counts as failed, and how it is drawn."""

from __future__ import annotations

import pytest


def drawn(service_events):
    return [(event.label, event.outcome) for event in service_events if "a second" in event.label]


def test_it_sends_at_its_rate_whatever_the_answers_do(host, server):
    """The server takes 0.3 s for each request, one after the other, and forty a second are sent all the same."""

    async def story(platform):
        service = await platform.start()
        async with service.steady_load("/", per_second=40) as load:
            await load.until_answered(2)
        return load.answers

    answers = host(story, {"server.py": server("time.sleep(0.3); reply(b'ok')")})
    assert len(answers) >= 10
    assert {answer.status_code for answer in answers} == {200}


def test_what_breaks_off_and_what_is_refused_has_failed(host, server):
    async def story(platform):
        service = await platform.start()
        async with service.steady_load("/menu") as load:
            await load.until_answered(5)
            well = len(load.failed)
            service.kill()
            await service.exited()
            await load.until_answered(5)
        return well, load.failed, platform._timeline.events

    well, failed, events = host(story, {"server.py": server()})
    assert well == 0
    assert len(failed) >= 4
    assert "connection refused" in {answer.outcome for answer in failed}
    (first, all_was_well), (second, trouble) = drawn(events)
    assert first == second == "GET /menu, 60 a second"
    assert all_was_well.endswith(" answered")
    assert trouble.endswith(" failed")


@pytest.mark.parametrize(("status", "fails"), [("404 Not Found", False), ("500 Oh", True), ("503 No", True)])
def test_a_5xx_has_failed_and_a_4xx_has_not(host, server, status, fails):
    answers = f"connection.sendall(b'HTTP/1.1 {status}\\r\\nContent-Length: 0\\r\\n\\r\\n')"

    async def story(platform):
        service = await platform.start()
        async with service.steady_load("/") as load:
            await load.until_answered(3)
        return load

    load = host(story, {"server.py": server(answers)})
    assert bool(load.failed) is fails


def test_nothing_goes_on_when_the_story_breaks_off(host, server):
    async def story(platform):
        service = await platform.start()
        with pytest.raises(ZeroDivisionError):
            async with service.steady_load("/") as load:
                raise ZeroDivisionError
        return load.answers

    assert host(story, {"server.py": server("time.sleep(5)")}) == []
