"""Readiness is told in time, whatever the parts do."""

import asyncio

import pytest
from app import health
from app.health import Readiness


@pytest.fixture(autouse=True)
def short_limit(monkeypatch):
    monkeypatch.setattr(health, "LIMIT", 0.05)


async def answer():
    pass


async def refuse():
    raise OSError("connection to nightowl:feathers@db refused")


async def test_each_part_is_told_apart():
    readiness = Readiness({"database": answer, "cache": refuse})
    assert await readiness.parts() == {"database": True, "cache": False}


async def test_a_part_that_hangs_has_failed_and_is_asked_once():
    asked = 0

    async def hang():
        nonlocal asked
        asked += 1
        # As a driver does that takes its time to give up a query.
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    released = asyncio.Event()
    readiness = Readiness({"database": hang})
    assert await readiness.parts() == {"database": False}
    assert await readiness.parts() == {"database": False}
    assert asked == 1
    released.set()


async def test_a_part_that_is_back_is_ready_again():
    asking = refuse
    readiness = Readiness({"cache": lambda: asking()})  # noqa: PLW0108 - asked anew each time
    assert await readiness.parts() == {"cache": False}
    asking = answer
    assert await readiness.parts() == {"cache": True}
