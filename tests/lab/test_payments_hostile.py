"""The ways in which a provider lets its callers down."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from json import JSONDecodeError
from typing import TYPE_CHECKING

import httpx
import pytest

from onduty.lab.recorder import Timeline
from onduty.lab.unmet import Unmet
from onduty.lab.upstream.payments import (
    Payments,
    answer,
    cut,
    decline,
    dribble,
    dribble_head,
    fail,
    headers_only,
    never_accept,
    nonsense,
    refuse,
    silent,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def run(story: Callable[[Payments, httpx.AsyncClient], Awaitable[None]]) -> Timeline:
    """Tell a story about the provider and a client of it; return the timeline."""
    timeline = Timeline()

    async def main() -> None:
        payments = Payments(timeline)
        try:
            async with httpx.AsyncClient(base_url=payments.url, timeout=None) as client:
                await story(payments, client)
        finally:
            await payments.close()

    asyncio.run(main())
    return timeline


async def pay(client: httpx.AsyncClient, reference: str = "order-7", within: float = 10) -> object:
    """Return the answer's status, or the kind of trouble."""
    body = {"amount_cents": 520, "card_token": "tok_visa", "reference": reference}
    try:
        async with asyncio.timeout(within):
            answered = await client.post("/charges", json=body)
            answered.json()
            return answered.status_code
    except (httpx.HTTPError, TimeoutError, ValueError) as error:
        return type(error)


def test_every_behaviour_at_once_each_on_its_own_order() -> None:
    """A check fires them side by side; every caller who gives up is seen to do so."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        for reference, behaviour in enumerate([silent, headers_only, dribble(every=0.02), dribble_head(every=0.02)]):
            payments.behaves(behaviour, on=f"hangs-{reference}")
        modes = {
            "order-1": (cut, httpx.RemoteProtocolError),
            "order-2": (nonsense, JSONDecodeError),
            "order-3": (fail(503), 503),
            "order-4": (decline, 402),
            "order-5": (answer, 201),
        }
        for reference, (behaviour, _) in modes.items():
            payments.behaves(behaviour, on=reference)
        with payments.held(on="hangs-4") as held:
            hanging = [asyncio.create_task(pay(client, f"hangs-{n}", within=60)) for n in range(5)]
            outcomes = await asyncio.gather(*(pay(client, reference, within=60) for reference in modes))
            await payments.until_called(10)
            assert [call.done() for call in hanging] == [False] * 5
            for call in hanging:
                call.cancel()
            assert await payments.until_given_up(5) == 5
        assert outcomes == [expected for _, expected in modes.values()]
        assert held.waiting == []
        given_up = {call.reference for call in payments.calls if call.given_up_at}
        assert given_up == {f"hangs-{n}" for n in range(5)}
        assert {made["reference"] for made in payments.charges} == {"order-1", "order-5"}

    run(story)


def test_a_hanging_call_hangs_as_long_as_the_caller_waits() -> None:
    """Each byte of the dribble resets a time-out that is per read."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        modes = {"order-1": silent, "order-2": headers_only, "order-3": dribble(every=0.05)}
        modes["order-4"] = dribble_head(every=0.05)
        for reference, behaviour in modes.items():
            payments.behaves(behaviour, on=reference)
        hanging = [asyncio.create_task(pay(client, reference, within=60)) for reference in modes]
        await payments.until_called(4)
        done, _ = await asyncio.wait(hanging, timeout=1)
        assert not done
        with pytest.raises(Unmet, match=r"observed 0 of 1 calls to the payment provider given up within 0.1 s"):
            await payments.until_given_up(within=0.1)
        for call in hanging:
            call.cancel()
        await payments.until_given_up(4)
        assert {call.outcome for call in payments.calls} == {"given up by the caller"}

    run(story)


def test_held_calls_wait_until_they_are_released() -> None:
    """They then meet what else is in force; the timeline shows both."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        payments.behaves(fail(503), on="order-2")
        async with payments.held() as held:
            calls = [asyncio.create_task(pay(client, f"order-{n}", within=10)) for n in range(1, 4)]
            assert await held.until(3) == 3
            assert payments.charges == []
            assert {call.reference for call in held.waiting} == {"order-1", "order-2", "order-3"}
            with pytest.raises(Unmet, match=r"observed 3 of 4 calls held at the payment provider within 0.1 s"):
                await held.until(4, within=0.1)
            held.release()
            assert await asyncio.gather(*calls) == [201, 503, 201]
            assert await pay(client, "order-4") == 201

    timeline = run(story)
    hold = next(event for event in timeline.events if event.label == "hold: every call")
    assert (hold.outcome, hold.until is not None) == ("released", True)


def test_leaving_the_block_releases() -> None:
    """Also when the check fails inside it."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        with contextlib.suppress(ZeroDivisionError):
            async with payments.held() as held:
                call = asyncio.create_task(pay(client, within=10))
                await held.until(1)
                raise ZeroDivisionError
        assert await call == 201

    run(story)


def test_it_refuses_connections_and_later_accepts_them_on_the_same_port() -> None:
    """Kept connections are closed as well, or a client would not notice."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        assert await pay(client) == 201
        with payments.behaves(refuse):
            await asyncio.sleep(0)
            assert payments.connected == 0
            assert await pay(client) is httpx.ConnectError
        assert await pay(client) == 201
        assert len(payments.calls) == 2

    run(story)


def test_it_never_accepts_whoever_connects() -> None:
    """Neither a client in an event loop nor one in a thread gets through, and both do afterwards."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        assert await pay(client) == 201

        def connect(within: float) -> float | None:
            begun = time.monotonic()
            try:
                socket.create_connection(("127.0.0.1", int(payments.url.rpartition(":")[2])), timeout=within).close()
            except TimeoutError:
                return time.monotonic() - begun
            return None

        with payments.behaves(never_accept):
            await asyncio.sleep(0)
            outcomes = await asyncio.gather(
                pay(client, within=1.5), *(asyncio.to_thread(connect, 1.5) for _ in range(5))
            )
            assert outcomes[0] is TimeoutError
            assert all(waited and waited >= 1.4 for waited in outcomes[1:])
        assert await pay(client) == 201
        assert await asyncio.to_thread(connect, 1.5) is None

    run(story)


def test_whoever_came_through_just_before_the_port_was_shut_is_sent_away() -> None:
    """Also one whose connection was taken, and not yet seen."""

    async def story(payments: Payments, _: httpx.AsyncClient) -> None:
        guest = socket.create_connection(("127.0.0.1", int(payments.url.rpartition(":")[2])), timeout=5)
        while not payments.connections:  # noqa: ASYNC110 - to the very turn in which it was taken
            await asyncio.sleep(0)
        assert payments.connected == 0
        with payments.behaves(never_accept), guest:
            assert await asyncio.to_thread(guest.recv, 1) == b""

    run(story)


def test_one_fault_of_the_port_after_the_other() -> None:
    """The latest is in force; when it ends, the one before is again."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        refusing = payments.behaves(refuse)
        with payments.behaves(never_accept):
            assert await pay(client, within=0.5) is TimeoutError
        assert await pay(client) is httpx.ConnectError
        refusing.end()
        refusing.end()
        assert await pay(client) == 201

    run(story)


def test_a_body_without_end_is_broken_off():
    """What a caller sends is not kept for ever: the provider lives in the judge's process."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        with pytest.raises(httpx.HTTPError):
            await client.post("/charges", content=b"x" * 20_000_000)
        assert payments.calls == []

    run(story)


def test_a_body_that_is_nested_without_end_is_no_charge():
    """It is answered as any other body that is none."""

    async def story(payments: Payments, client: httpx.AsyncClient) -> None:
        assert (await client.post("/charges", content=b"[" * 200_000)).status_code in (400, 422)
        assert payments.calls[0].json is None

    run(story)
