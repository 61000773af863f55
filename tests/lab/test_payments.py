"""The payment provider as the contract describes it, and its records."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from onduty.lab.recorder import Timeline
from onduty.lab.unmet import Unmet
from onduty.lab.upstream.payments import Payments, answer, decline, fail, refuse, silent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def charge(reference: str = "order-7", *, card: str = "tok_visa", amount: object = 520) -> dict[str, object]:
    """Return the body of a charge."""
    return {"amount_cents": amount, "card_token": card, "reference": reference}


def run(story: Callable[[Payments, httpx.AsyncClient], Awaitable[None]]) -> Timeline:
    """Tell a story about the provider and a client of it; return the timeline."""
    timeline = Timeline()

    async def main() -> None:
        payments = Payments(timeline)
        try:
            async with httpx.AsyncClient(base_url=payments.url, timeout=5) as client:
                await story(payments, client)
        finally:
            await payments.close()
        assert payments.connected == 0

    asyncio.run(main())
    return timeline


def test_the_contract() -> None:
    """Charge, look it up by id and by reference, refund."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        made = await client.post("/charges", json=charge())
        found = made.json()
        assert made.status_code == 201
        assert found == {"id": found["id"], "status": "succeeded", "amount_cents": 520, "reference": "order-7"}
        assert found["id"].startswith("ch_")
        assert (await client.get(f"/charges/{found['id']}")).json() == found
        assert (await client.get("/charges", params={"reference": "order-7"})).json() == {"items": [found]}
        assert (await client.get("/charges", params={"reference": "order-8"})).json() == {"items": []}
        refunded = await client.post("/refunds", json={"charge_id": found["id"]})
        assert refunded.status_code == 201
        assert refunded.json()["charge_id"] == found["id"]
        assert refunded.json()["id"].startswith("re_")
        assert [refund["charge_id"] for refund in payments.refunds] == [found["id"]]
        assert [call.reference for call in payments.calls] == ["order-7", "order-7", "order-7", "order-8", "order-7"]

    run(story)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/charges", charge(card="tok_declined_for_good"), 402),
        ("POST", "/charges", charge(amount=0), 422),
        ("POST", "/charges", charge(amount="520"), 422),
        ("POST", "/charges", charge(amount=True), 422),
        ("POST", "/charges", {}, 422),
        ("POST", "/charges", ["charge"], 422),
        ("POST", "/refunds", {"charge_id": "ch_none"}, 404),
        ("POST", "/refunds", {}, 422),
        ("GET", "/charges/ch_none", None, 404),
        ("DELETE", "/charges/ch_none", None, 404),
        ("GET", "/nothing", None, 404),
    ],
)
def test_what_it_refuses(method: str, path: str, body: object, status: int) -> None:
    """And it books nothing then."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        answered = await client.request(method, path, json=body)
        assert answered.status_code == status
        assert set(answered.json()) == {"error"}
        assert payments.charges == []

    run(story)


def test_one_key_one_charge() -> None:
    """The first answer counts, also a refusal, also when several calls come at once."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        key = {"Idempotency-Key": "a-1"}
        several = await asyncio.gather(*(client.post("/charges", json=charge(), headers=key) for _ in range(5)))
        assert len({answered.json()["id"] for answered in several}) == 1
        other = await client.post("/charges", json=charge("order-9"), headers=key)
        assert other.json() == several[0].json()
        assert len(payments.charges) == 1
        refused = {"Idempotency-Key": "a-2"}
        assert (await client.post("/charges", json=charge(card="tok_declined"), headers=refused)).status_code == 402
        assert (await client.post("/charges", json=charge(), headers=refused)).status_code == 402

    run(story)


def test_a_failure_is_not_the_first_answer_to_a_key() -> None:
    """A retry after it does what was asked, once."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        payments.behaves(fail(503, times=2))
        key = {"Idempotency-Key": "a-1"}
        answered = [(await client.post("/charges", json=charge(), headers=key)).status_code for _ in range(4)]
        assert answered == [503, 503, 201, 201]
        assert len(payments.charges) == 1

    run(story)


def test_calls_are_recorded_whole() -> None:
    """With their headers, their body, and what became of them."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        await client.post("/charges?x=1", json=charge(), headers={"Idempotency-Key": "a-1"})
        call = payments.calls[0]
        assert (call.method, call.path, call.target, call.json) == ("POST", "/charges", "/charges?x=1", charge())
        assert (call.headers["idempotency-key"], call.outcome, call.given_up_at) == ("a-1", "201 Created", None)
        assert call.at > 0
        assert await payments.until_called(1) == 1
        with pytest.raises(Unmet, match=r"observed 1 of 2 calls to the payment provider within 0.1 s"):
            await payments.until_called(2, within=0.1)

    events = run(story).events
    assert [(event.label, event.outcome) for event in events] == [("POST /charges order-7", "201 Created")]


def test_connections_are_counted() -> None:
    """A client that keeps its connection needs one."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        for _ in range(3):
            await client.post("/charges", json=charge())
        assert (payments.connections, payments.connected) == (1, 1)
        await asyncio.gather(*(client.post("/charges", json=charge()) for _ in range(3)))
        assert payments.connections == payments.connected == 3

    run(story)


def test_garbage_and_half_requests_do_no_harm() -> None:
    """A health probe or a port scanner is no call."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        port = int(payments.url.rpartition(":")[2])
        for sent in (
            b"\x16\x03\x01 nonsense\r\n\r\n",
            b"POST /charges HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            writer.write_eof()
            with_reset = await asyncio.gather(reader.read(), return_exceptions=True)
            assert with_reset[0] == b"" or isinstance(with_reset[0], ConnectionError)
            writer.close()
        assert payments.calls == []
        assert (await client.post("/charges", content=b"{half")).status_code == 422

    run(story)


def test_the_most_specific_behaviour_wins_then_the_latest() -> None:
    """A reference before a path, a path before the rest; a `with` block ends what it began."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        async def status(reference: str) -> int:
            return (await client.post("/charges", json=charge(reference))).status_code

        with payments.behaves(fail(500)):
            assert await status("order-1") == 500
            with payments.behaves(fail(501), on="/charges"), payments.behaves(decline, on="order-1"):
                assert [await status("order-1"), await status("order-2")] == [402, 501]
                assert (await client.post("/refunds", json={})).status_code == 500
                payments.behaves(answer, on="order-1")
                assert await status("order-1") == 201
            assert await status("order-2") == 500
        async with payments.behaves(fail(502), on="/charge"):
            assert await status("order-2") == 201
        payments.behaves(fail(503), on="/charges/")
        assert await status("order-2") == 503
        assert (await client.get(f"/charges/{payments.charges[1]['id']}")).status_code == 503

    run(story)


def test_a_charge_keeps_its_reference() -> None:
    """A behaviour on an order is about its refunds and look-ups as well."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        for reference in ("order-1", "order-2"):
            await client.post("/charges", json=charge(reference))
        first, second = (made["id"] for made in payments.charges)
        payments.behaves(fail(500), on="order-1")
        assert (await client.get(f"/charges/{first}")).status_code == 500
        assert (await client.get("/charges?reference=order-1")).status_code == 500
        assert (await client.post("/refunds", json={"charge_id": first})).status_code == 500
        assert (await client.post("/refunds", json={"charge_id": second})).status_code == 201

    run(story)


def test_reset_ends_every_behaviour_and_every_call_under_way() -> None:
    """The next check finds it well again; what was booked stays booked."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        await client.post("/charges", json=charge())
        payments.behaves(silent)
        payments.behaves(refuse)
        payments.reset()
        payments.behaves(silent)
        stuck = asyncio.create_task(client.post("/charges", json=charge()))
        await payments.until_called(1)
        call = payments.calls[0]
        payments.reset()
        with pytest.raises(httpx.ReadError):
            await stuck
        assert (call.outcome, call.given_up_at) == ("broken off by the provider", None)
        assert (payments.calls, payments.connections) == ([], 0)
        assert (await client.post("/charges", json=charge())).status_code == 201
        assert len(payments.charges) == 2

    run(story)


def test_what_is_about_the_port_cannot_be_about_one_order() -> None:
    """That is our author's mistake."""

    async def story(payments: Payments, _: httpx.AsyncClient) -> None:
        with pytest.raises(ValueError, match=r"`refuse` is about the provider's port"):
            payments.behaves(refuse, on="order-1")

    run(story)
