"""The service, deployed as the platform deploys it, keeps what its own OpenAPI schema says, whatever it is sent."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from string import Template

import pytest
import requests
import schemathesis
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.conftest import ROOT

from onduty.lab import open_lab

PRODUCTS = "INSERT INTO products (sku, name, price_cents, stock) VALUES ('ONE', 'Cup', 99, 9000), ('TWO', 'Mug', 50, 0)"
ADA = {"email": "ada@example.org", "name": "Ada", "password": "correct horse battery"}
LOG_IN = {"email": "ada@example.org", "password": "correct horse battery"}
ORDER = {"customer_id": 1, "lines": [{"product_id": 1, "quantity": 2}]}
CARD = {"card_token": "tok_visa"}
# What has happened before the first test: three orders, of which the third is paid.
EVENING = [("customers", ADA), *[("orders", ORDER)] * 3, ("orders/3/payment", CARD)]

FIRST, SECOND, THIRD = ({"path_parameters": {"order_id": number}} for number in (1, 2, 3))
ONE_CUSTOMER = {"path_parameters": {"customer_id": 1}}
# The endpoints of the service contract, under /api/v1, and a request to each that succeeds; $NAME is one of the tokens.
ENDPOINTS = {
    "GET /menu": {},
    "GET /products/{product_id}": {"path_parameters": {"product_id": 1}},
    "POST /customers": {"body": ADA | {"email": "grace@example.org"}},
    "GET /customers": {"query": {"email": "ADA@example.org"}},
    "GET /customers/me": {"headers": {"Authorization": "Bearer $access_token"}},
    "GET /customers/{customer_id}": ONE_CUSTOMER,
    "GET /customers/{customer_id}/favourites": ONE_CUSTOMER,
    "POST /sessions": {"body": LOG_IN},
    "POST /sessions/refresh": {"body": {"refresh_token": "$refresh_token"}},
    "DELETE /sessions": {"body": {"refresh_token": "$refresh_token"}},
    "POST /orders": {"body": ORDER},
    "GET /orders": {"query": {"customer_id": 1}},
    "GET /orders/{order_id}": FIRST,
    "PATCH /orders/{order_id}": FIRST | {"body": {"note": "no sugar"}},
    "POST /orders/{order_id}/cancellation": FIRST,
    "POST /orders/{order_id}/payment": SECOND | {"body": CARD},
    "GET /orders/{order_id}/payment": THIRD,
    "GET /reports/nightly": {"query": {"date": str(datetime.now(UTC).date())}},
}
TAKES_NOTHING = {"GET /menu"}
# No schema can say that an order names each product once, or that a cursor must be one of ours.
UNSAID = [positive_data_acceptance]


@asynccontextmanager
async def deployed() -> AsyncIterator[str]:
    """Release step, gunicorn and all; in development, where the schema may be read, and with room for bad log-ins."""
    async with open_lab({"postgres", "valkey", "payments"}, app=ROOT) as lab:
        service = await lab.platform.start(ENVIRONMENT="development", SESSION_RATE="100000")
        await lab.postgres.execute(PRODUCTS)
        for path, body in EVENING:
            assert (await service.post(f"/api/v1/{path}", json=body)).status_code == 201
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
    assert told == set(ENDPOINTS)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_success_has_the_shape_that_the_schema_promises(api, url, endpoint):
    tokens = requests.post(f"{url}/api/v1/sessions", json=LOG_IN, timeout=10).json()
    known = json.loads(Template(json.dumps(ENDPOINTS[endpoint])).substitute(tokens))
    method, path = endpoint.split()
    answer = api[f"/api/v1{path}"][method].Case(**known).call_and_validate()
    assert answer.status_code in (200, 201, 204)


@pytest.mark.parametrize(
    ("mode", "endpoint"),
    [
        *((GenerationMode.POSITIVE, endpoint) for endpoint in sorted(ENDPOINTS)),
        *((GenerationMode.NEGATIVE, endpoint) for endpoint in sorted(set(ENDPOINTS) - TAKES_NOTHING)),
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
