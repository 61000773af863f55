"""The provider keeps a caller waiting. Who waits with it?"""

from onduty.checking import Because, task
from onduty.lab.hosting.service import Service
from onduty.lab.upstream.payments import Payments


@task("02.1", id="answers-while-held")
async def test_liveness_answers_while_a_payment_is_held(service: Service, payments: Payments) -> None:
    """One slow payment must not stop the health check."""
    async with payments.held() as held:
        waiting = service.later.get("/api/v1/orders/1/payment")
        await held.until(1)
        alive = await service.get("/health/live", within=2)
        assert alive.status_code == 200, Because(
            "one request was waiting for the provider, and the whole process waited with it",
            likely="the server works on one request at a time",
        )
    assert (await waiting).status_code == 404
