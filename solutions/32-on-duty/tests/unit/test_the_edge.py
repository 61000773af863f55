"""What stands around the endpoints: ids, log lines, errors, the drain. No server is needed for it."""

import asyncio
import io
import json
import logging
from uuid import UUID

import pytest
from app.errors import Unavailable
from app.main import create_app
from app.schemas.customers import LogIn, RefreshToken, SignUp
from app.schemas.payments import CardIn
from httpx import ASGITransport, AsyncClient


@pytest.fixture
def app(make_settings):
    """An app whose lifespan has not begun: nothing is connected."""
    app = create_app(make_settings(cors_origins=["https://till.example"]))
    app.state.shop = None
    return app


@pytest.fixture
async def client(app):
    async with AsyncClient(transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://owl") as client:
        yield client


@pytest.fixture
def log_lines(app):
    """Reads what was logged so far; the handler is the one that every logger has been given."""
    (handler,) = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    handler.setStream(written := io.StringIO())
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def broken(app):
    """An endpoint with a fault in it."""

    @app.get("/broken")
    async def fail():
        raise RuntimeError("the grinder is stuck")


async def test_a_sane_id_is_kept(client):
    answer = await client.get("/health/live", headers={"X-Request-ID": "till-4.711_a"})
    assert answer.headers["X-Request-ID"] == "till-4.711_a"


@pytest.mark.parametrize("hostile", ["", "two words", "x" * 129, '"}'])
async def test_another_id_is_replaced(client, hostile):
    answer = await client.get("/health/live", headers={"X-Request-ID": hostile})
    assert UUID(answer.headers["X-Request-ID"])


async def test_a_request_ends_with_one_line(client, log_lines):
    await client.get("/health/live?card=5555", headers={"X-Request-ID": "one"})
    (line,) = [line for line in log_lines() if line.get("request_id") == "one"]
    assert {name: line[name] for name in ("method", "path", "status", "level")} == {
        "method": "GET",
        "path": "/health/live",
        "status": 200,
        "level": "info",
    }
    assert line["duration_ms"] >= 0
    assert line["timestamp"].endswith("Z")


async def test_an_unhandled_error_is_told_once_and_under_its_id(client, broken, log_lines):
    answer = await client.get("/broken", headers={"X-Request-ID": "two", "Origin": "https://till.example"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"] == "two"
    assert answer.headers["Access-Control-Allow-Origin"] == "https://till.example"
    assert "grinder" not in answer.text
    lines = [line for line in log_lines() if line.get("request_id") == "two"]
    assert ["the grinder is stuck" in line.get("exception", "") for line in lines] == [True, False]


async def test_a_503_says_in_the_log_what_was_away(client, app, log_lines):
    @app.get("/away")
    async def away():
        raise Unavailable("The database does not answer.") from OSError("port 5432 refused")

    answer = await client.get("/away", headers={"X-Request-ID": "three"})
    assert answer.status_code == 503
    assert "5432" not in answer.text
    (told,) = [line for line in log_lines() if line.get("request_id") == "three" and line["level"] == "warning"]
    assert "port 5432 refused" in told["exception"]


async def test_a_request_that_is_broken_off_is_no_quick_success(client, app, log_lines):
    @app.get("/stuck")
    async def stuck():
        begun.set()
        await asyncio.Event().wait()

    begun = asyncio.Event()
    asking = asyncio.create_task(client.get("/stuck"))
    await begun.wait()
    await asyncio.sleep(0.02)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    (line,) = [line for line in log_lines() if line.get("path") == "/stuck"]
    assert line["status"] == 499
    assert line["duration_ms"] >= 20
    assert 'status="499"} 1' in app.state.metrics.text()


async def test_everybody_s_lines_are_objects(app, log_lines):
    logging.getLogger("uvicorn.error").warning("A %s\nof two lines", "message", extra={"color_message": "\x1b[1m"})
    logging.getLogger("somebody.else").error("in", extra={"card_token": "tok_secret"})
    first, second = log_lines()
    assert first["event"] == "A message\nof two lines"
    assert second["card_token"] == "**********"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/api/v1/menu", 405, "method_not_allowed"),
        ("GET", "/api/v1/orders/none", 422, "invalid_request"),
        ("GET", "/api/v1/reports/nightly?date=9999-12-31", 422, "invalid_request"),
        ("GET", "/openapi.json", 404, "not_found"),
        ("GET", "/api/v1/debug/settings", 404, "not_found"),
        ("GET", "/metrics", 404, "not_found"),
    ],
)
async def test_every_error_has_one_shape(client, method, path, status, code):
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code


async def test_a_body_that_is_not_utf_8_does_not_fit_the_contract_either(client):
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/api/v1/customers", content=b'{"name": "\xff"}', headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "", "problem": "cannot be read as JSON"}]


@pytest.mark.parametrize(
    "given",
    [
        SignUp(email="ada@example.org", name="Ada", password="correct horse"),
        LogIn(email="ada@example.org", password="correct horse"),
        RefreshToken(refresh_token="correct horse"),
        CardIn(card_token="correct horse"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_a_body_shows_no_secret_to_whoever_logs_it(given):
    assert "correct horse" not in f"{given} {given!r} {given.model_dump_json()}"


async def test_a_draining_process_sends_clients_elsewhere(client, app):
    assert "Connection" not in (await client.get("/health/live")).headers
    app.state.draining.begun = True
    assert (await client.get("/health/live")).headers["Connection"] == "close"


async def test_a_route_is_one_time_series_however_many_orders_there_are(client, app):
    for number in range(3):
        await client.get(f"/nowhere/{number}")
        await client.get(f"/api/v1/orders/x{number}")
    text = app.state.metrics.text()
    assert 'route="unmatched",status="404"} 3' in text
    assert 'route="/api/v1/orders/{order_id}",status="422"} 3' in text


async def test_a_method_of_the_client_s_own_making_is_no_time_series_of_its_own(client, app):
    for number in range(3):
        await client.request(f"BREW{number}", "/api/v1/menu")
    assert 'http_requests_total{method="other",route="/api/v1/menu",status="405"} 3' in app.state.metrics.text()
