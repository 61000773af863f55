"""Money: what becomes of an order when the provider declines, fails, is late, or is overtaken."""

import asyncio

import pytest
import structlog
from app.errors import CardDeclined, Conflict, PaymentFailed, PaymentTimeout
from app.schemas.orders import LineIn, OrderIn
from sqlalchemy.exc import ProgrammingError

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


async def test_a_charge_that_could_not_be_stored_can_be_found(shop, order, servers):
    await servers.postgres.execute("ALTER TABLE payments RENAME TO payments_away")
    with structlog.testing.capture_logs() as lines, pytest.raises(ProgrammingError):
        await shop.payments.pay(order.id, "tok_visa")
    await servers.postgres.execute("ALTER TABLE payments_away RENAME TO payments")
    (charge,) = [charge for charge in servers.payments.charges if charge["reference"] == f"order-{order.id}"]
    (told,) = [line for line in lines if line["log_level"] == "error"]
    assert (told["order_id"], told["provider_ref"]) == (order.id, charge["id"])


async def test_an_order_that_is_served_while_it_is_cancelled_has_its_money_back_and_says_so(shop, order, servers):
    await shop.payments.pay(order.id, "tok_visa")
    with servers.payments.held(on="/refunds") as held:
        cancelling = asyncio.create_task(shop.payments.cancel(order.id))
        await held.until(1)
        await servers.postgres.execute("UPDATE orders SET status = 'served' WHERE id = %s", order.id)
    with pytest.raises(Conflict):
        await cancelling
    assert (await shop.orders.read(order.id)).status == "served"
    assert (await shop.payments.state(order.id)).status == "refunded"
