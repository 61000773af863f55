"""Readiness is about the real servers."""


async def test_ready_follows_the_database_and_needs_no_restart(shop, servers):
    assert await shop.readiness.parts() == {"database": True, "cache": True}
    async with servers.postgres.frozen():
        assert await shop.readiness.parts() == {"database": False, "cache": True}
    assert await shop.readiness.parts() == {"database": True, "cache": True}
