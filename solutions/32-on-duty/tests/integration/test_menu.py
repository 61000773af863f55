"""The menu, and what is remembered of it."""

import pytest


@pytest.mark.parametrize("remembered", ['{"items": [{"id": 1, "title": "Espresso"}]}', '["Espresso"]', "Espresso"])
async def test_a_menu_that_another_version_remembered_is_read_anew(shop, counter, servers, remembered):
    product = await counter.product()
    await servers.valkey.client.set("menu", remembered)
    assert product in {item.id for item in (await shop.menu.read()).items}
    await servers.valkey.client.delete("menu")
