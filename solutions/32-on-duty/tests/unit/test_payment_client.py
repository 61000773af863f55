"""A provider that said nothing for a while has cost us those calls, and no later one."""

import asyncio

from app.clients.payments import CONNECTIONS, open_payments
from app.errors import PaymentTimeout

CROWDS = 3


async def test_crowds_of_calls_given_up_leave_no_connection_behind(make_settings, quiet_provider):
    settings = make_settings(payments_url=quiet_provider.url, payments_deadline=0.2)
    async with open_payments(settings, lambda _: None) as payments:
        for _ in range(CROWDS):
            crowd = [payments.find("ch_1") for _ in range(3 * CONNECTIONS)]
            assert {type(each) for each in await asyncio.gather(*crowd, return_exceptions=True)} == {PaymentTimeout}
        quiet_provider.ill = False
        assert (await payments.find("ch_1")).status == "succeeded"
