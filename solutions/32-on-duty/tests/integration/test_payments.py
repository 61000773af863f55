"""Money: what becomes of an order when the provider declines, fails, is late, or is overtaken."""

import asyncio

import pytest
from app.errors import CardDeclined, Conflict, PaymentFailed, PaymentTimeout
from app.schemas.orders import LineIn, OrderIn

from onduty.lab.upstream.payments import cut, decline, fail, nonsense, silent


@pytest.fixture
async def order(shop, counter):
    line = LineIn(product_id=await counter.product(), quantity=1)
    return await shop.orders.place(OrderIn(customer_id=await counter.customer(), lines=[line]))


async def test_a_payment_makes_the_order_paid(shop, order, servers):
    payment = await shop.payments.pay(order.id, "tok_visa")
    assert payment.provider_ref in {charge["id"] for charge in servers.payments.charges}
    assert (await shop.orders.read(order.id)).status == "paid"


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (decline, CardDeclined),
        (fail, PaymentFailed),
        (cut, PaymentFailed),
        (nonsense, PaymentFailed),
        (silent, PaymentTimeout),
    ],
)
async def test_a_payment_that_fails_changes_nothing(shop, order, servers, behaviour, error):
    with servers.payments.behaves(behaviour), pytest.raises(error):
        await shop.payments.pay(order.id, "tok_visa")
    assert (await shop.orders.read(order.id)).status == "placed"


async def test_no_transaction_is_open_while_the_provider_is_asked(shop, order, servers):
    with servers.payments.held() as held:
        paying = asyncio.create_task(shop.payments.pay(order.id, "tok_visa"))
        await held.until(1)
        await servers.postgres.until_idle()
    assert (await paying).status == "paid"


async def test_a_charge_for_an_order_that_was_cancelled_meanwhile_is_refunded(shop, order, servers):
    refunds = len(servers.payments.refunds)
    with servers.payments.held(on="/charges") as held:
        paying = asyncio.create_task(shop.payments.pay(order.id, "tok_visa"))
        await held.until(1)
        await shop.payments.cancel(order.id)
    with pytest.raises(Conflict):
        await paying
    assert len(servers.payments.refunds) == refunds + 1


async def test_a_paid_order_stays_paid_when_its_refund_fails(shop, order, servers, counter):
    await shop.payments.pay(order.id, "tok_visa")
    with servers.payments.behaves(fail, on="/refunds"), pytest.raises(PaymentFailed):
        await shop.payments.cancel(order.id)
    assert (await shop.orders.read(order.id)).status == "paid"
    assert (await shop.payments.cancel(order.id)).status == "cancelled"
