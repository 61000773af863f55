"""The service, deployed as the platform deploys it, keeps what its own OpenAPI schema says, whatever it is sent."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import schemathesis
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.conftest import ROOT

from onduty.lab import open_lab

# The endpoints of the service contract, under /api/v1.
ENDPOINTS = {
    "GET /menu",
    "GET /products/{product_id}",
    "POST /customers",
    "GET /customers",
    "GET /customers/me",
    "GET /customers/{customer_id}",
    "GET /customers/{customer_id}/favourites",
    "POST /sessions",
    "POST /sessions/refresh",
    "DELETE /sessions",
    "POST /orders",
    "GET /orders",
    "GET /orders/{order_id}",
    "PATCH /orders/{order_id}",
    "POST /orders/{order_id}/cancellation",
    "POST /orders/{order_id}/payment",
    "GET /orders/{order_id}/payment",
    "GET /reports/nightly",
}
TAKES_NOTHING = {"GET /menu"}
# No schema can say that an order names each product once, or that a cursor must be one of ours.
UNSAID = [positive_data_acceptance]


PRODUCTS = "INSERT INTO products (sku, name, price_cents, stock) VALUES ('ONE', 'Cup', 99, 9000), ('TWO', 'Mug', 50, 0)"
CUSTOMER = "INSERT INTO customers (email, name, password_hash) VALUES ('ada@example.org', 'Ada', '')"


@asynccontextmanager
async def deployed() -> AsyncIterator[str]:
    """Release step, gunicorn and all; in development, where the schema may be read, and with room for bad log-ins."""
    async with open_lab({"postgres", "valkey", "payments"}, app=ROOT) as lab:
        service = await lab.platform.start(ENVIRONMENT="development", SESSION_RATE="100000")
        for rows in (PRODUCTS, CUSTOMER):
            await lab.postgres.execute(rows)
        yield service.url


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    # schemathesis sends its requests from synchronous tests, so the lab gets a thread of its own.
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployed()) as url:
        yield url


@pytest.fixture(scope="session")
def api(url: str):
    return schemathesis.openapi.from_url(f"{url}/openapi.json").include(path_regex="^/api/v1/(?!debug)")


def test_the_schema_has_the_endpoints_of_the_contract_and_no_other(api):
    told = {
        f"{operation.ok().method.upper()} {operation.ok().path.removeprefix('/api/v1')}"
        for operation in api.get_all_operations()
    }
    assert told == ENDPOINTS


@pytest.mark.parametrize(
    ("mode", "endpoint"),
    [
        *((GenerationMode.POSITIVE, endpoint) for endpoint in sorted(ENDPOINTS)),
        *((GenerationMode.NEGATIVE, endpoint) for endpoint in sorted(ENDPOINTS - TAKES_NOTHING)),
    ],
)
def test_every_answer_is_one_that_the_schema_promises(api, endpoint, mode):
    method, path = endpoint.split()
    operation = api[f"/api/v1{path}"][method]

    @given(operation.as_strategy(generation_mode=mode))
    @settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def answers_as_promised(case: Case) -> None:
        case.call_and_validate(excluded_checks=UNSAID)

    answers_as_promised()
